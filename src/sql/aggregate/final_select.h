#pragma once

#include <set>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/aggregate/aggregate_calls.h"
#include "sql/aggregate/group_keys.h"
#include "sql/tree/ast.h"
#include "sql/tree/select_names.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// The outer half of an aggregate view: its select list, HAVING, QUALIFY, ORDER BY ... over the
/// columns of the state instead of over groups.
class FinalSelect {
 public:
  /// Finds the view's aggregate calls on the way and adds them to `calls`. All outlive it.
  static Result<FinalSelect> make(const ViewSql& view, const SelectNames& names,
                                  const GroupKeys& keys, const data::Schema& bound,
                                  AggregateCalls& calls);

  /// A row depends on others than its own (window functions, ORDER BY, LIMIT ...), so that only the
  /// whole result can be given.
  bool complete_only() const { return complete_only_; }

  /// The SELECT with `from` after FROM; `types` are those of the calls' columns.
  Result<std::string> text(Session& session, const std::vector<std::string>& types,
                           const std::string& from) const;

 private:
  FinalSelect(const ViewSql& view, const SelectNames& names, const GroupKeys& keys,
              AggregateCalls& calls)
      : view_(view), names_(names), keys_(keys), calls_(calls), final_(view.query()) {}

  Status rewrite_all(const data::Schema& bound);
  Status rewrite_modifiers();
  Status rewrite(Json& node, bool having, const std::set<std::string>& parameters);
  Status rewrite_grouping(Json& node);
  bool rewrite_field(Json& node) const;
  Status rewrite_column(Json& node, bool having);
  Status put_in_values(Session& session, Json& node, const std::vector<std::string>& types) const;

  const ViewSql& view_;
  const SelectNames& names_;
  const GroupKeys& keys_;
  AggregateCalls& calls_;
  Json final_;
  bool complete_only_ = false;
};

}  // namespace sluice::sql
