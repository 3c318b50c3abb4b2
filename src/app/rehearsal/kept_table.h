#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "app/rehearsal/scripted_source.h"
#include "base/config_value.h"
#include "connector/sink.h"
#include "data/type.h"

namespace sluice::app {

/// What a sink of a rehearsal has, as a target outside would: engines come and go.
struct KeptTable {
  data::Schema schema;  ///< of the rows; empty: nothing was staged yet
  std::map<data::BatchId, std::vector<ConfigValue>> staged;
  /// The rows of each batch, in the order in which they were published.
  std::vector<std::vector<ConfigValue>> published;
  std::optional<connector::Head> head;
};

/// Writes to a KeptTable, exactly once and whole. Once the script's engine is dead it does nothing
/// and fails.
class KeptSink : public connector::Sink {
 public:
  /// All outlive it. `request`: how rows are read.
  KeptSink(KeptTable& table, connector::ChunkRequest request, const Script& script)
      : table_(table), request_(std::move(request)), script_(script) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 protected:
  KeptTable& table() { return table_; }

 private:
  KeptTable& table_;
  const connector::ChunkRequest request_;
  const Script& script_;
};

/// Makes a KeptSink, or in tests one that breaks a promise.
using MakeKeptSink = std::function<std::unique_ptr<connector::Sink>(
    KeptTable&, connector::ChunkRequest, const Script&)>;

}  // namespace sluice::app
