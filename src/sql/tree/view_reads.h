#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// Names that views may read: lower case -> as declared.
using KnownNames = std::map<std::string, std::string>;

/// What one view reads.
struct ViewReads {
  std::vector<std::string> inputs;  ///< as declared, each once, in the order of the text
  /// Columns that it may read, lower case, whichever input they are of.
  std::set<std::string> columns;
  /// Columns cannot be identified by name (a star, a whole row, NATURAL JOIN ...): all may be read.
  bool all_columns = false;
  std::set<std::string> functions;  ///< that it calls, lower case
};

/// Finds what a view reads, and refuses what no view may do: tables that are not declared, table
/// functions beyond a short list, functions with effects, parameters.
Result<ViewReads> find_reads(const ViewSql& view, const KnownNames& known);

}  // namespace sluice::sql
