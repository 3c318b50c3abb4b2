#pragma once

#include <cstdint>
#include <optional>
#include <ostream>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/console/show_table.h"

namespace sluice::connectors {

struct ConsoleOptions {
  std::size_t rows = 20;                ///< shown at most
  bool schema = false;                  ///< is shown when a run begins
  std::optional<std::int64_t> batches;  ///< of a run that are shown at most
  ShowOptions show;
};

/// Prints each batch as Spark's console sink does. What is printed cannot be taken back, so the
/// sink is at-least-once: a batch in hand when the process dies is printed again. The finished text
/// is what stage() puts into the outbox, hence its bound. Sinks of several pipelines take turns, a
/// whole table each; the tables then name their pipeline (base/log.h's context).
class ConsoleSink final : public connector::Sink {
 public:
  /// `out` outlives the sink.
  ConsoleSink(ConsoleOptions options, std::ostream& out) : options_(options), out_(out) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  const ConsoleOptions options_;
  std::ostream& out_;
  std::optional<data::BatchId> first_;  // batch of this run
};

/// The kind `console` for the registry.
connector::SinkKind console_sink_kind();

}  // namespace sluice::connectors
