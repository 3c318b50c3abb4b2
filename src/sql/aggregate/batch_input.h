#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// What an aggregate view reads of the rows of a batch when several statements need them: a temp
/// table of one row per input row, with the view's keys and the expressions that its aggregates
/// read. The source is then scanned once.
class BatchInput {
 public:
  BatchInput(Session& session, const ViewSql& view) : session_(session), view_(view) {}

  /// Name (quoted) of the column for `expression`; the same for the same expression.
  Result<std::string> column(const Json& expression);

  /// A reference to that column, as a tree.
  Result<Json> reference(const Json& expression);

  /// "<expression> AS <name>" of all columns, in order.
  std::vector<std::string> items() const;

  /// Qualified and quoted.
  std::string table() const;

 private:
  struct Column {
    Json tree;  ///< canonical
    std::string name;
    std::string text;
  };

  Session& session_;
  const ViewSql& view_;
  std::vector<Column> columns_;
};

/// A tree that names a column.
Json column_reference(const std::string& name);

}  // namespace sluice::sql
