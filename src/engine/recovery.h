#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "engine/pipeline.h"
#include "engine/retries.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// A sink as the protocol sees it: the declared sinks and every source's dead letters.
struct Outlet {
  std::string name;  ///< the sink's, or "dead_letter:<source>"
  connector::Sink* sink = nullptr;
  connector::OutputMode mode = connector::OutputMode::kAppend;
  const SinkPart* part = nullptr;      ///< null for dead letters
  const SourcePart* source = nullptr;  ///< of dead letters
  connector::Promise promise = connector::Promise::kAtomic;

  /// Whether the sink's head decides what is published.
  bool has_head() const { return promise == connector::Promise::kAtomic; }
};

class Claims;

/// All outlets in the fixed order of publishing: sinks as declared, then dead letters.
std::vector<Outlet> outlets_of(Pipeline& pipeline);

/// Brings every sink to where the checkpoint's last commit says it is: publishes again what is in
/// the outbox and not there, compares all others, removes what was staged for batches that were
/// never committed. Returns how many entries were published again. Errors of publish_entry and
/// verify_sink; kUser E_OUTBOX_ORPHAN when a sink with unpublished rows left the pipeline file.
/// Claims the sinks that the checkpoint has given something. What may pass is tried again by
/// `retries`.
Result<int> recover(const std::vector<Outlet>& outlets, const state::Position& position,
                    Claims& claims, const Retries& retries);

}  // namespace sluice::engine
