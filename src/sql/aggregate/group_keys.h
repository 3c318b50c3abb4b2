#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/tree/ast.h"
#include "sql/tree/select_names.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// The expressions by which an aggregate view groups, each once.
class GroupKeys {
 public:
  /// Reads GROUP BY with its ordinals, aliases, ALL and grouping sets. `bound`: the view's columns.
  /// kUser for what has no incremental form.
  static Result<GroupKeys> make(const ViewSql& view, const SelectNames& names,
                                const data::Schema& bound);

  std::size_t size() const { return keys_.size(); }
  const Json& expression(std::size_t key) const { return keys_[key].expression; }
  /// The key's column in the state: the name that the view has it, for people who look.
  const std::string& name(std::size_t key) const { return keys_[key].name; }

  /// The key that is a session_window(), or size().
  std::size_t session() const;

  /// The keys of each of GROUPING SETS, ROLLUP or CUBE; empty when all rows are grouped by all
  /// keys.
  const std::vector<std::vector<std::size_t>>& sets() const { return sets_; }
  bool in_every_set(std::size_t key) const;

  /// The key that the canonical tree `tree` is, or size().
  std::size_t find(const Json& tree) const;

 private:
  struct Key {
    Json expression;  ///< aliases expanded
    Json tree;        ///< canonical
    std::string name;
  };

  Result<std::size_t> add(const ViewSql& view, const Json& expression);
  Status add_sets(const ViewSql& view, const std::vector<std::size_t>& numbers);
  void give_names(const ViewSql& view, const SelectNames& names, const data::Schema& bound);

  std::vector<Key> keys_;
  std::vector<std::vector<std::size_t>> sets_;
};

}  // namespace sluice::sql
