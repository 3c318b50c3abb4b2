#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sql/join/join_split.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// The name by which a SELECT speaks of an item of its FROM.
std::string alias_of(const Json& item);

/// The names of columns in a SELECT over joins while a part of its FROM becomes a view of its own
/// (JoinSplit), whose columns are named "side.column".
class FromNames {
 public:
  static Result<FromNames> make(Session& session, const ViewSql& view, JoinSplit::Part part);

  /// The part in the FROM of the view or of a copy of it.
  Json& part_of(Json& select) const;

  /// The select list of the part's own SELECT: what `over`, the SELECT above it, may read.
  std::vector<std::string> columns_for(const Json& over) const;

  /// Replaces `*` and `side.*` by the columns they stand for.
  Status expand_stars(Session& session, Json& select_list) const;

  /// Gives the part's columns their new names everywhere below `node`. `alias_first`: an alias of
  /// the select list comes before a column of its name.
  Status rename(Json& node, bool alias_first) const;

  /// Whether a condition speaks of the part only.
  bool is_of_part(const Json& condition) const;

 private:
  struct Side {
    std::string alias;
    data::Schema schema;
    bool in_part = false;
  };
  struct Found {
    std::string column;      ///< of the part's view; "": it is none
    bool qualified = false;  ///< by the side's name
  };

  explicit FromNames(const ViewSql& view, JoinSplit::Part part) : view_(view), part_(part) {}
  Status add_sides(Session& session, const Json& from, bool in_part);
  Found find(const Json& names, bool alias_first) const;
  Status rename(Json& node, bool alias_first, std::set<std::string> hidden, bool nested) const;
  bool is_merged(const Side& side, const std::string& column) const {
    return (side.in_part ? merged_ : merged_elsewhere_).contains(lower(column));
  }

  const ViewSql& view_;
  JoinSplit::Part part_;
  std::vector<Side> sides_;       ///< that can be seen, in order
  std::set<std::string> merged_;  ///< columns of USING that the part gives, lower case
  std::set<std::string> merged_elsewhere_;
  std::set<std::string> aliases_;  ///< of the select list, lower case
};

}  // namespace sluice::sql
