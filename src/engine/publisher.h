#pragma once

#include <optional>
#include <string>

#include "connector/sink.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Compares what a sink holds with what the checkpoint believes it holds: `expected` is the last
/// batch that was published to it for certain (null: none). A head whose hash the sink no longer
/// knows counts as ours when its number does. kCorruption E_SINK_BEHIND_CHECKPOINT or
/// E_SINK_AHEAD_OF_CHECKPOINT, kConflict E_FENCED; `name` is the sink's.
Status verify_sink(const std::string& name, const std::optional<connector::Head>& head,
                   const std::optional<state::SinkPosition>& expected);

/// verify_sink with the head that the sink has now.
Status verify_head(const std::string& name, connector::Sink& sink,
                   const std::optional<state::SinkPosition>& expected);

/// Whether the entry's batch is in the sink, by the sink's own head.
enum class Presence : unsigned char {
  kNotThere,   ///< and can be published
  kThere,      ///< with the entry's hash
  kForgotten,  ///< the number is there, the hash is not known any more
};
/// Errors as verify_sink where the entry can neither be there nor be published.
Result<Presence> presence_of(connector::Sink& sink, const state::OutboxEntry& entry);

/// Takes back what an unfinished publish of the entry has left where readers look, once the sink
/// shows that another run has published the batch. A failure is a warning.
void withdraw(connector::Sink& sink, const state::OutboxEntry& entry);

/// Publishes a committed outbox entry unless the sink's own head says that it is there already (a
/// sink that promises less than kAtomic has none: then always): true when this call published it.
/// Safe to repeat after any outcome. Errors as verify_sink, and the sink's own.
Result<bool> publish_entry(connector::Sink& sink, connector::Promise promise,
                           const state::OutboxEntry& entry);

}  // namespace sluice::engine
