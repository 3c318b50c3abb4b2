#pragma once

#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "charts/chart_board.h"
#include "config/pipeline_file.h"
#include "connector/registry.h"
#include "engine/pipeline.h"
#include "io/file_system.h"
#include "io/spool.h"
#include "sluice/base/result.h"
#include "sluice/pipeline.h"
#include "sql/duckdb/database.h"

namespace sluice::alerts {
class AlertWatcher;
class Board;
}  // namespace sluice::alerts

namespace sluice::app {

/// What a pipeline is made of; all outlive it.
struct Parts {
  const connector::Registry& registry;
  const Clock& clock;
  Random& random;
  io::FileSystem& files;
  io::Spool* spool = nullptr;                      ///< null: paths of this machine only
  connector::ParquetRewriter* rewriter = nullptr;  ///< null: for checks that run nothing
  charts::ChartBoard* charts = nullptr;            ///< null: nobody looks at them
};

/// A pipeline ready for the engine, and what people are to know of it.
struct Composition {
  engine::Pipeline pipeline;
  PipelineDescription description;  ///< without columns and warnings, which need a plan
  // Null: the file has no alerts.
  alerts::AlertWatcher* alert_watcher = nullptr;  ///< the pipeline's
  std::shared_ptr<alerts::Board> alert_board{};   ///< what may be known of them
};

/// What a pipeline's SQL may take; 0: DuckDB's default, 80 % of the memory and all cores.
struct Limits {
  std::int64_t memory_bytes = 0;
  int threads = 0;
};

/// Those that the file gives.
Limits limits_of(const config::PipelineFile& file);

/// Of the database that puts a sink's own files together again.
sql::DatabaseOptions rewriter_options(const config::PipelineFile& file, const Limits& limits);

/// All connectors of this program.
connector::Registry all_connectors();

/// The names that a pipeline file may use.
config::KnownKinds known_kinds(const connector::Registry& registry);

/// The charts that the file declares, as a board takes them.
charts::ChartBoard::Entries chart_entries(const config::PipelineFile& file);

/// Makes sources, decoders, sinks and dead letters as the file says, within its own limits.
/// Connects to nothing. kUser errors carry the place in the file.
Result<Composition> compose(const config::PipelineFile& file, const Parts& parts);

}  // namespace sluice::app
