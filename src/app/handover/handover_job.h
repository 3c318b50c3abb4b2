#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/composition/runnable.h"
#include "app/handover/pipeline_queries.h"
#include "config/pipeline_file.h"
#include "sluice/base/result.h"
#include "sluice/handover.h"
#include "sql/plan/plan.h"

namespace sluice::app {

/// The file that both folders of Spark's and of a handover have while it is known who goes on.
inline constexpr const char* kHandoverNote = "handover.json";

/// A query with the folder of its checkpoint.
struct PlacedQuery {
  PipelineQuery query;
  std::string folder;
};

/// A pipeline that is handed over, in one direction or the other.
struct HandoverJob {
  HandoverRequest request;
  config::PipelineFile file;
  std::unique_ptr<Runnable> parts;
  sql::Plan plan;
  std::string checkpoint;     ///< without a slash at its end
  std::string spark;          ///< the folder of Spark's, likewise
  bool is_one_query = false;  ///< `spark` is a query's checkpoint, and not a folder of such
  std::vector<PlacedQuery> queries;

  const engine::Pipeline& pipeline() const { return parts->composition.pipeline; }
  io::FileSystem& files() const { return *parts->files; }
};

/// Reads and plans the pipeline. kUser errors of the file, and E_HANDOVER_SOURCE.
Result<std::unique_ptr<HandoverJob>> read_handover_job(const HandoverRequest& request);

}  // namespace sluice::app
