#pragma once

#include "base/result.h"
#include "engine/pipeline.h"
#include "sql/plan/plan.h"
#include "sql/view/kept_rows.h"

namespace sluice::engine {

/// A pipeline's plan, and what each of its views keeps.
struct ExplainedPipeline {
  sql::Plan plan;
  sql::KeptByView kept;
};

/// As check_pipeline().
Result<ExplainedPipeline> explain_pipeline(const Pipeline& pipeline);

}  // namespace sluice::engine
