#pragma once

#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "sql/plan/plan.h"

namespace sluice::engine {

/// What in a pipeline runs but looks like a mistake, each with its place in the file: `check`
/// shows it, and a run logs it at its start.
std::vector<std::string> warnings_about(const Pipeline& pipeline, const sql::Plan& plan);

}  // namespace sluice::engine
