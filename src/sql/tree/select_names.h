#pragma once

#include <map>
#include <set>
#include <string>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// What the column names in an aggregate SELECT stand for: columns of FROM, or aliases of its
/// select list, by DuckDB's rules (columns come first, in HAVING aliases do).
class SelectNames {
 public:
  static Result<SelectNames> make(Session& session, const ViewSql& view);

  /// `expression` with every alias replaced by what it means, and `t.a` written `a` where FROM
  /// has one table only.
  Json expand(Json expression) const;

  /// The expression that the alias `name` (lower case) means, already expanded, or null.
  const Json* find_alias(const std::string& name) const;
  bool is_column(const std::string& name) const { return columns_.contains(name); }

  /// Whether `column_ref` is one plain name, and which (lower case; else "").
  static std::string plain_name(const Json& node);

 private:
  void expand_in_place(Json& node, std::set<std::string> parameters, int depth) const;

  std::set<std::string> columns_;  ///< of FROM, lower case
  std::string relation_;           ///< the one table's name or alias, lower case; "" when several
  std::map<std::string, Json> aliases_;
};

/// Names of a LAMBDA's parameters, lower case.
std::set<std::string> lambda_parameters(const Json& lambda);

}  // namespace sluice::sql
