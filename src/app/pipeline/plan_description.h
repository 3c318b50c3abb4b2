#pragma once

#include "engine/pipeline.h"
#include "sluice/pipeline.h"
#include "sql/plan/plan.h"

namespace sluice::app {

/// Adds to a description what the plan of its pipeline knows: columns, the views and what each
/// reads, what sinks delete.
void add_plan(PipelineDescription& description, const engine::Pipeline& pipeline,
              const sql::Plan& plan);

}  // namespace sluice::app
