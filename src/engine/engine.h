#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/random.h"
#include "engine/batch_part.h"
#include "engine/pipeline.h"
#include "io/file_system.h"
#include "sluice/base/result.h"
#include "sluice/progress.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

class Control;

/// What the engine is given from outside; all outlive it.
struct Surroundings {
  const Clock& clock;
  Random& random;
  io::FileSystem& files;
  RunListener& listener;
  Control* control = nullptr;  ///< null: nobody asks for anything but the end
  /// Gets the plan of the views once it is made, on the engine's thread.
  std::function<void(const sql::Plan&)> on_plan{};
  /// What the next batch is, asked on the engine's thread before it is planned. Null: a whole one.
  std::function<BatchPart()> part{};
};

/// Plans the views and checks every sink against its view's columns and mode; connects to nothing,
/// writes nothing. What `sluice check` does beyond reading the file. Sources of Parquet files are
/// asked for their columns.
Result<sql::Plan> check_pipeline(const Pipeline& pipeline);

/// Runs a pipeline by the outbox-and-redo protocol (ARCHITECTURE.md) until its trigger is done, its
/// control lets another go on (Control::hand_over) or `stop` is requested, which finishes the
/// current batch. Blocks. The calling thread becomes the engine's thread. `summary` takes the
/// batches that were published, also after an error.
///
/// REQUIRES: `pipeline` was not run before; names of its sources, views, tables and sinks are there
/// once; `summary` is empty, or an earlier run's that this one goes on from; only this thread looks
/// at it meanwhile, the listener's calls among others.
///
/// Errors: kUser (the pipeline or its data), kConflict (E_FENCED: the checkpoint or a sink belongs
/// to another run), kCorruption (E_SINK_BEHIND_CHECKPOINT, E_SINK_AHEAD_OF_CHECKPOINT ...),
/// kTransient (retries are used up), kUnknownOutcome (start again: recovery finds out).
Status run_pipeline(Pipeline& pipeline, const Surroundings& surroundings, RunSummary& summary,
                    std::stop_token stop);

}  // namespace sluice::engine
