#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// A SELECT over joins as two: the joins of a part of its FROM, and all else.
struct JoinSplit {
  /// What becomes a SELECT of its own: all of FROM, or one side of its outermost join.
  enum class Part : unsigned char { kWhole, kLeft, kRight };

  Json join;  ///< the part, the conditions of WHERE that it can take, and the columns that are read
  Json over;  ///< all else, reading the view `name`, whose columns are named "side.column"

  /// `schema`: the columns that the view has, whose names `over` keeps. kUser errors where names
  /// can no longer be distinguished (NATURAL JOIN, whole rows, stars with changes).
  static Result<JoinSplit> make(Session& session, const ViewSql& view, Part part,
                                const data::Schema& schema, const std::string& name);
};

}  // namespace sluice::sql
