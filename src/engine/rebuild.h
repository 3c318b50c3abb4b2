#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <string>

#include "engine/engine.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sluice/rebuild.h"
#include "state/position.h"

namespace sluice::engine {

/// Views whose state is made again from what the sources still have, up to where the checkpoint is.
struct RebuildRequest {
  Pipeline& pipeline;  ///< as it is to go on; its connectors stay closed
  /// The same once more, to be run on a checkpoint of its own: it writes nowhere, does not inform
  /// its sources that records are done with, and has an available_now trigger. Its sinks become
  /// those that are fed by the views.
  Pipeline& again;
  /// Reads the pipeline file of the last start. The pipeline lives as long as this.
  std::function<Result<Pipeline*>(const state::LastStart& last)> before;
  /// A checkpoint of a run of all of `again` that has read what the pipeline's had read before
  /// `next_batch`: it goes on, and stays. "": none.
  struct {
    std::string checkpoint;
    data::BatchId next_batch = 0;
  } shadow{};
  /// Besides the views whose state is another's, or that are new: these.
  std::set<std::string> views{};
};

/// As sluice::rebuild(). `surroundings` are those of the run that reads again.
Result<Rebuilt> rebuild(const RebuildRequest& request, const Surroundings& surroundings,
                        std::stop_token stop);

}  // namespace sluice::engine
