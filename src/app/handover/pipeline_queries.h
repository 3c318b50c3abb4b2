#pragma once

#include <string>
#include <vector>

#include "config/pipeline_file.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/plan/plan.h"

namespace sluice::app {

/// A streaming query of Spark's that does the work of a sink, or takes the dead letters of a
/// source.
struct PipelineQuery {
  std::string name;                         ///< the sink's, or "dead-letters-<source>"
  const config::SinkEntry* sink = nullptr;  ///< null: of dead letters
  /// In the order in which Spark finds them in the query's plan.
  std::vector<const config::SourceEntry*> sources;
  std::vector<const sql::ViewPlan*> stateful;  ///< the views with state on its way
};

/// Those of the pipeline, sinks first. The arguments outlive the result. kUser E_HANDOVER_SOURCE:
/// a sink's query has several sources in an order that only Spark knows.
Result<std::vector<PipelineQuery>> queries_of(const config::PipelineFile& file,
                                              const engine::Pipeline& pipeline,
                                              const sql::Plan& plan);

}  // namespace sluice::app
