#include "app/rehearsal/kept_table.h"

#include <string>
#include <utility>

#include "app/rehearsal/came_rows.h"

namespace sluice::app {

Status KeptSink::check(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) const {
  return {};
}

Status KeptSink::open(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) {
  return script_.check_alive();
}

Result<connector::Staged> KeptSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  SLUICE_TRY(script_.check_alive());
  SLUICE_ASSIGN(CameRows came, read_rows(rows, request_));
  connector::Staged staged;
  staged.batch = batch;
  staged.rows = came.rows.size();
  table_.schema = came.schema;
  table_.staged[batch] = std::move(came.rows);
  return staged;
}

Status KeptSink::publish(const connector::Staged& staged) {
  SLUICE_TRY(script_.check_alive());
  if (table_.head && table_.head->batch >= staged.batch) {
    if (table_.head->plan_hash == staged.plan_hash) return {};
    return Error(Kind::kConflict,
                 "E_FENCED: batch=" + std::to_string(staged.batch) + " was written by another run");
  }
  auto rows = table_.staged.extract(staged.batch);
  if (rows.empty()) {
    return corruption_error("nothing is staged of batch=" + std::to_string(staged.batch));
  }
  table_.published.push_back(std::move(rows.mapped()));
  table_.head = connector::Head{staged.batch, staged.plan_hash};
  return {};
}

Result<std::optional<connector::Head>> KeptSink::head() {
  SLUICE_TRY(script_.check_alive());
  return table_.head;
}

Status KeptSink::discard_staged() {
  SLUICE_TRY(script_.check_alive());
  table_.staged.clear();
  return {};
}

}  // namespace sluice::app
