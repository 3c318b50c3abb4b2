#pragma once

#include <optional>
#include <string>

#include "engine/pipeline.h"
#include "sluice/change.h"
#include "sql/duckdb/database.h"
#include "sql/plan/plan.h"
#include "state/position.h"

namespace sluice::app {

/// A pipeline with its plan, described.
struct PlannedPipeline {
  PipelineDescription description;  ///< with all that its plan knows
  const engine::Pipeline* pipeline = nullptr;
  sql::Plan plan;
};

/// What another pipeline file finds.
struct Before {
  std::string words;  ///< PipelineChange::before
  state::Position position;
  std::optional<std::string> time_zone;  ///< of the state; null: none is kept
  /// Null: the file of then cannot be read any more.
  std::optional<PlannedPipeline> file{};
};

/// `session` parses SQL.
Result<PipelineChange> compare(const Before& before, const PlannedPipeline& after,
                               sql::Session& session);

}  // namespace sluice::app
