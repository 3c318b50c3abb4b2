#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/composition/composition.h"
#include "app/composition/scratch_folder.h"
#include "base/clock.h"
#include "base/random.h"
#include "config/pipeline_file.h"
#include "connector/parquet_rewriter.h"
#include "connector/registry.h"
#include "io/file_system.h"
#include "io/spool.h"
#include "sluice/base/result.h"
#include "state/position.h"

namespace sluice::app {

/// A pipeline file made into what the engine runs, with all that this is made of. For one run: its
/// connectors are opened once.
struct Runnable {
  SystemClock clock;
  SystemRandom random;
  connector::Registry registry = all_connectors();
  std::unique_ptr<ScratchFolder> scratch;  ///< instead of a checkpoint, where the file has none
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<io::Spool> spool;
  std::unique_ptr<connector::ParquetRewriter> rewriter;
  Composition composition;  // last: it uses all above
};

/// The file of a checkpoint's last start. Variables of its SQL have the values of then, others
/// those of `given` or of the environment.
Result<config::PipelineFile> file_of_last_start(const state::LastStart& last,
                                                std::map<std::string, std::string> given);

/// `limits` instead of the file's own; what its charts show goes to `charts`, which outlives it
/// (null: nowhere). Connects to nothing. kUser errors carry the place in the
/// file.
Result<std::unique_ptr<Runnable>> make_runnable(const config::PipelineFile& file,
                                                const Limits& limits,
                                                charts::ChartBoard* charts = nullptr);

}  // namespace sluice::app
