#pragma once

#include <map>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"
#include "sql/tree/view_text.h"
#include "sql/udf/macro_text.h"
#include "sql/udf/user_function.h"

namespace sluice::sql {

/// The functions of a pipeline file that are SQL expressions. An expression takes the place of each
/// call before a view is planned, so that the planner sees its aggregates and windows.
class Macros {
 public:
  /// Parses them, all of Language::kSql. kUser, with the place in the file: not one expression,
  /// names that are no arguments, calls of itself or of one below it.
  static Result<Macros> make(Session& session, const std::vector<UserFunction>& functions);

  /// Puts expressions in the place of calls, everywhere in `query`. Whether there were any. kUser,
  /// with the place of the call: another number of arguments, DISTINCT, OVER ...
  Result<bool> expand(Session& session, const ViewSql& view, Json& query) const;

  bool empty() const { return macros_.empty(); }
  const MacroTexts& texts() const { return texts_; }

 private:
  struct Macro {
    std::string name;  ///< as declared
    std::vector<std::string> arguments;
    Json body;
  };

  Result<bool> expand_below(Session& session, const ViewSql& view, Json& node, bool is_item) const;
  Result<Json> expanded(const ViewSql& view, const Macro& macro, Json& call) const;

  std::map<std::string, Macro> macros_;  ///< by name, lower case
  MacroTexts texts_;                     ///< the same as they are written
};

/// Macros::expand() of those that the session's database has.
Result<bool> expand_macros(Session& session, const ViewSql& view, Json& query);

/// The view's SQL with expressions in the place of calls, for who does not know them; as it is
/// where it calls none.
Result<std::string> sql_without_macros(Session& session, const ViewText& view);

}  // namespace sluice::sql
