#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_text.h"
#include "sql/view/view_plan.h"

namespace sluice::sql {

/// What ViewPlan::late is: SQL of the rows of `select` (its FROM and WHERE only) that came too
/// late, with all columns of FROM and those of `more` ("<expression> AS <name>").
///
/// `close`: over the columns of FROM, the moment in BIGINT microseconds at which a row's result is
/// final. Aliases in WHERE must be expanded.
Result<std::string> late_rows(Session& session, Json select, const std::string& close,
                              const std::vector<std::string>& more);

/// The step that counts the rows of `table` that came too late: `count` of those whose `close`, SQL
/// in BIGINT microseconds over its columns, the late watermark has reached. Lengths of time are
/// rounded up by less than a twentieth, so that there are some hundred of them at most.
Step late_step(const std::string& table, const std::string& count, const std::string& close);

/// The item of `more` for a key that is a window; "" for any other key.
Result<std::string> window_item(Session& session, const Json& key, const std::string& name);

/// What to say where `late: {to: ...}` can give no rows; `whole`: the view's result is kept whole.
Error nothing_is_late(const ViewText& view, bool whole);

}  // namespace sluice::sql
