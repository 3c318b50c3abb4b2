#pragma once

#include <optional>
#include <set>
#include <string>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// A SELECT inside a view that must be a view of its own, since it joins streams where the view
/// can have one join of two streams only.
struct ViewPart {
  std::string name;  ///< of the view that it becomes: "<view>__join", "<view>__with_<cte>" ...
  Json part;
  Json rest;  ///< the view's query, which reads `name` instead
};

/// Takes the next such part out of the view: a CTE, a subquery in FROM or a branch of a UNION that
/// joins streams; of several joins in one FROM those of one side of the outermost; all joins below
/// an aggregate, a DISTINCT or `deduplicate`. Null: there is none left. A part may hold further
/// ones.
///
/// `streams`: lower-case names whose rows come batch by batch; `schema`: the view's columns.
Result<std::optional<ViewPart>> take_part(Session& session, const ViewSql& view,
                                          const std::set<std::string>& streams,
                                          const data::Schema& schema);

}  // namespace sluice::sql
