#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "connector/sink.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Compares what a sink holds with what the checkpoint believes it holds: `expected` is the last
/// batch that was published to it for certain (null: none). kCorruption E_SINK_BEHIND_CHECKPOINT or
/// E_SINK_AHEAD_OF_CHECKPOINT, kConflict E_FENCED; `name` is the sink's.
Status verify_sink(const std::string& name, const std::optional<connector::Head>& head,
                   const std::optional<state::SinkPosition>& expected);

/// Publishes a committed outbox entry unless the sink's own head says that it is there already:
/// true when this call published it. Safe to repeat after any outcome. Errors as verify_sink, and
/// the sink's own.
Result<bool> publish_entry(connector::Sink& sink, const state::OutboxEntry& entry);

}  // namespace sluice::engine
