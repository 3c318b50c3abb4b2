#pragma once

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/memory/memory_store.h"

namespace sluice::connectors {

/// Writes to a MemoryTable: the smallest sink that keeps every MUST. Staged rows lie in the table,
/// which outlives the sink as a server would.
class MemorySink final : public connector::Sink {
 public:
  /// `table` outlives the sink.
  explicit MemorySink(MemoryTable& table) : table_(table) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  MemoryTable& table_;
  connector::OutputMode mode_ = connector::OutputMode::kAppend;
};

/// The kind `memory` for the registry.
connector::SinkKind memory_sink_kind();

}  // namespace sluice::connectors
