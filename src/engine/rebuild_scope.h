#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sluice/progress.h"
#include "sql/duckdb/database.h"
#include "sql/plan/plan.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// A pipeline's views as the user wrote them, and its plan.
struct Known {
  std::map<std::string, sql::ViewText> views;
  sql::Plan plan;
  std::vector<const SinkPart*> sinks;
};

Result<Known> known_of(const Pipeline& pipeline);

/// Whether `part` is what the planner calls a part of `view`.
bool is_part_of(const std::string& view, const std::string& part);
/// Whether `view` is one of `names`, or a part of one.
bool holds(const std::set<std::string>& names, const std::string& view);
/// The view of the file that `view` of the plan is, or is a part of; null: none.
const sql::ViewText* written(const Known& known, const std::string& view);
/// Whether the user wrote the same, but for layout.
Result<bool> same_view(sql::Session& session, const sql::ViewText& was, const sql::ViewText& is);

/// Lets `again` read what a checkpoint, of which `position` is, has read of `sources` (null: of
/// all), and no more. `folder`: of the checkpoint, for messages.
Status end_where_checkpoint_is(state::Checkpoint& checkpoint, const state::Position& position,
                               const std::string& folder, const std::set<std::string>* sources,
                               Pipeline& again);

/// kUser where none of the sources of a run that began at their starts had a record before the
/// place of the checkpoint; warns of those that had none.
Status check_any_read(const Pipeline& again, const RunSummary& summary);

/// Gives `again` the questions of the pipeline's watchers, which decide with others how views are
/// planned.
void ask_as(const Pipeline& pipeline, Pipeline& again);

/// Takes out of `again`, a run that makes `views` again, the sinks and questions that these views,
/// and what they read, have no part in. The rest stays, since who reads a view decides how it is
/// planned. `pipeline` has `plan`, and the watchers that ask.
void leave_out_the_rest(const Pipeline& pipeline, const sql::Plan& plan,
                        std::set<std::string> views, Pipeline& again);

}  // namespace sluice::engine
