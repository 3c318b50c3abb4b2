#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"
#include "sql/tree/view_sql.h"
#include "sql/view/event_time.h"

namespace sluice::sql {

/// One side of a join of two streams: an item of FROM.
struct JoinSide {
  std::string alias;    ///< as the SELECT names it
  Json from;            ///< the item itself
  data::Schema schema;  ///< all of its columns
  /// Those that the SELECT may read: all when in doubt.
  std::vector<std::string> columns;
  /// Of them, those that the join itself and what is above it read: not what only conditions on
  /// this side alone read, which choose its rows beforehand.
  std::vector<std::string> joined_columns;
  EventScope events;  ///< what of it carries a watermark

  /// `columns`, quoted, with commas; a constant when there are none.
  std::string column_list() const;
  /// "CAST(NULL AS INTEGER) AS a, ..." of `columns`, to bind without tables.
  std::string stand_in() const;
};

/// The FROM of a SELECT that joins two streams, taken apart.
class JoinSides {
 public:
  static constexpr std::size_t kLeft = 0;
  static constexpr std::size_t kRight = 1;

  static Result<JoinSides> make(Session& session, const ViewSql& view,
                                const EventTimesByName& relations);

  const JoinSide& side(std::size_t which) const { return sides_[which]; }
  /// INNER, LEFT, RIGHT, FULL, SEMI or ANTI, as written.
  const std::string& type() const { return type_; }
  /// Its rows come even if they have no partner; of SEMI and ANTI, the left one's rows only do.
  bool keeps(std::size_t which) const;
  /// Both sides are the same relation, with the same columns.
  bool is_self_join() const { return self_join_; }

  /// What must all be true of a pair, USING and NATURAL written out; WHERE counts for INNER only.
  const std::vector<Json>& conditions() const { return conditions_; }

  /// The side that all columns of an expression are of; null: of both, of none, or unclear.
  std::optional<std::size_t> side_of(const Json& expression) const;

  /// The SELECT of a side's own rows with the select list `items`.
  Result<std::string> rows_of(Session& session, std::size_t which,
                              const std::vector<std::string>& items) const;

 private:
  Status describe(Session& session, const EventTimesByName& relations);
  struct Names;
  void add_names(const Json& node, bool exact, Names& to) const;
  void find_columns(const Json& select);
  void add_conditions(const Json& expression);
  void add_equal_columns(const Json& join);
  std::optional<std::size_t> side_of_column(const Json& column) const;

  Json select_;  ///< the view's SELECT, for its CTEs
  std::array<JoinSide, 2> sides_;
  std::string type_;
  bool self_join_ = false;
  std::vector<Json> conditions_;
};

}  // namespace sluice::sql
