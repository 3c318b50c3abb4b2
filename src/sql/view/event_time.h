#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/tree/ast.h"
#include "sql/tree/view_sql.h"

namespace sluice::sql {

/// The two watermarks of a batch, as SQL (plan.h, ViewPlan).
inline constexpr std::string_view kWatermark = "getvariable('sluice_watermark')";
inline constexpr std::string_view kLateBefore = "getvariable('sluice_late')";

/// The expressions over a relation's columns that carry its watermark: times of events, and windows
/// of such times. Trees are canonical; columns in them are plain names.
struct EventTimes {
  std::vector<Json> points;   ///< TIMESTAMP or TIMESTAMPTZ
  std::vector<Json> windows;  ///< STRUCT("start", "end") as window() gives them
  /// How far the relation's rows may be behind the session's watermark, in microseconds: a join of
  /// streams passes on rows that waited for their partners.
  std::int64_t lag = 0;

  bool empty() const { return points.empty() && windows.empty(); }
};

/// Of sources and views, by lower-case name. A relation without a watermark is not in it.
using EventTimesByName = std::map<std::string, EventTimes>;

/// What carries a watermark inside one SELECT: the event times of the relations in its FROM.
class EventScope {
 public:
  /// Reads the FROM of `select`, subqueries and common table expressions included.
  static EventScope make(const Json& select, const EventTimesByName& relations);

  bool empty() const;
  /// The greatest lag of the relations: the SELECT's watermark is the session's less this.
  std::int64_t lag() const;
  /// The columns that carry the watermark, as the SELECT may write them.
  std::vector<Json> expressions() const;
  /// Whether an expression of the SELECT is a time or a window that carries the watermark.
  bool is_point(const Json& expression) const;
  bool is_window(const Json& expression) const;
  /// The expression as EventTimes has it: canonical, columns without the names of relations.
  Json plain(const Json& expression) const;

  /// The moment, as SQL in BIGINT microseconds over the column `column` (quoted) that holds `key`,
  /// after which no row can have this key any more, once the session's watermark has reached it;
  /// null when the key is not an event time.
  std::optional<std::string> close_of(Session& session, const Json& key,
                                      const std::string& column) const;

  /// What the SELECT's own result carries.
  EventTimes of_result(const Json& select) const;

 private:
  struct Relation {
    std::string name;  ///< alias, lower case; "" for none
    EventTimes times;
  };

  std::optional<std::string> end_of(Session& session, const Json& key,
                                    const std::string& column) const;
  void add_from(const Json& from, const EventTimesByName& relations);
  void add_star(const Json& star, EventTimes& out) const;

  std::vector<Relation> relations_;
};

/// A column reference, canonical.
Json column_tree(const std::string& name);
/// The name that an item of a select list gives its column, or "" where DuckDB makes one up.
std::string item_name(const Json& item);

/// What the result of a whole query carries: of a SELECT, or of a UNION ALL by column name.
EventTimes event_times_of(const Json& query, const EventTimesByName& relations);

}  // namespace sluice::sql
