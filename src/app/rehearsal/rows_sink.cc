#include "app/rehearsal/rows_sink.h"

namespace sluice::app {

Status UnpublishedSink::check(const data::Schema& /*schema*/,
                              connector::OutputMode /*mode*/) const {
  return {};
}

Status UnpublishedSink::open(const data::Schema& /*schema*/, connector::OutputMode /*mode*/) {
  return {};
}

Result<connector::Staged> RowsSink::stage(data::BatchId batch, connector::BatchTable& rows) {
  connector::Staged staged;
  staged.batch = batch;
  SLUICE_ASSIGN(staged.rows, take_(batch, rows));
  return staged;
}

Status UnpublishedSink::publish(const connector::Staged& /*staged*/) { return {}; }

Result<std::optional<connector::Head>> UnpublishedSink::head() {
  return std::optional<connector::Head>();
}

Status UnpublishedSink::discard_staged() { return {}; }

}  // namespace sluice::app
