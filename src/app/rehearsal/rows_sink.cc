#include "app/rehearsal/rows_sink.h"

namespace sluice::app {

Status RowsSink::check(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) const {
  return {};
}

Status RowsSink::open(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) { return {}; }

Result<connector::Staged> RowsSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  connector::Staged staged;
  staged.batch = batch;
  SLUICE_ASSIGN(staged.rows, take_(batch, rows));
  return staged;
}

Status RowsSink::publish(const connector::Staged& /*staged*/) { return {}; }

Result<std::optional<connector::Head>> RowsSink::head() { return std::optional<connector::Head>(); }

Status RowsSink::discard_staged() { return {}; }

}  // namespace sluice::app
