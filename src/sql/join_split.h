#pragma once

#include <string>

#include "base/result.h"
#include "sql/event_time.h"
#include "sql/view_sql.h"

namespace sluice::sql {

/// An aggregate over a join of streams (StreamUse::kAggregateOfJoin) as two SELECTs.
struct JoinSplit {
  Json join;  ///< FROM, WHERE, and the columns that the other one reads, named "side.column"
  Json over;  ///< all else, reading the view `name`

  static Result<JoinSplit> make(Session& session, const ViewSql& view,
                                const EventTimesByName& relations, const std::string& name);
};

}  // namespace sluice::sql
