#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/duckdb/database.h"
#include "sql/tree/view_text.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// Whether the state that a checkpoint keeps of a view is the view's.
enum class StateMatch : unsigned char {
  kSame,
  kSameAsBefore,  ///< yes, but an older program has noted it, or the SQL has changed harmlessly
  kOther,
};

/// Fills in of ViewPlan::origin what the view's text and `plan.inputs` say; the rest is for those
/// who make the state's tables.
Status note_origin(Session& session, const ViewText& text, ViewPlan& plan);

/// What the checkpoint notes beside the state of `view`, as JSON: what the user wrote, and the
/// layout of the state's tables (docs/format/checkpoint.md). No SQL that a planner or DuckDB makes
/// has to stay the same for a later program to go on.
std::string note_of_state(const ViewPlan& view);

/// Compares a note of this or an older program with the view as it is now.
Result<StateMatch> match_state(Session& session, const std::string& note, const ViewPlan& view);

/// "was: ..., is: ..." for the user: the SQL, or what else differs. Two lines, each indented.
std::string state_difference(const std::string& note, const ViewPlan& view);

/// Whether two SELECT statements are the same but for layout, comments and the case of names and
/// keywords; false when one does not parse.
Result<bool> same_sql(Session& session, const std::string& one, const std::string& other);

}  // namespace sluice::sql
