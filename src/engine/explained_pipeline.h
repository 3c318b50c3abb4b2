#pragma once

#include <functional>

#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/plan/plan.h"
#include "sql/view/kept_rows.h"

namespace sluice::engine {

/// A pipeline's plan, and what each of its views keeps.
struct ExplainedPipeline {
  sql::Plan plan;
  sql::KeptByView kept;
};

/// Looks at a plan while the session is there in which sources, tables and views are defined.
using PlanLook = std::function<Status(const ExplainedPipeline&, sql::Session&)>;

/// As check_pipeline(); `look` (null: nobody) is called once all is well, and its error is the
/// result's.
Result<ExplainedPipeline> explain_pipeline(const Pipeline& pipeline,
                                           const PlanLook& look = nullptr);

}  // namespace sluice::engine
