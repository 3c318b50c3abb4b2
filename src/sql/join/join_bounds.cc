#include "sql/join/join_bounds.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/spark/window_calls.h"

namespace sluice::sql {
namespace {

/// Spark counts in whole milliseconds: at an inclusive bound a row waits for one more.
constexpr std::int64_t kInclusive = 1000;

/// A session without a watermark must not overflow.
std::string moment(std::string_view clock, std::int64_t distance) {
  std::string text = "greatest(" + std::string(clock) + ", -4611686018427387904)";
  if (distance != 0) text += (distance > 0 ? " - " : " + ") + std::to_string(std::abs(distance));
  return text;
}

bool has_columns(const Json& expression) {
  bool found = false;
  visit_expressions(expression, [&found](const Json& node) {
    found = found || is_class(node, "COLUMN_REF");
    return !found;
  });
  return found;
}

/// `less.sum() + shift < (or <=) greater.sum()`, both sides one expression each.
struct Inequality {
  std::vector<Json> less;
  std::vector<Json> greater;
  std::int64_t shift = 0;
  bool inclusive = false;
};

class BoundFinder {
 public:
  BoundFinder(Session& session, const ViewSql& view, const JoinSides& sides)
      : session_(session), view_(view), sides_(sides) {}

  Result<JoinBounds> find();

 private:
  /// The event times of a side by which its conditions join.
  struct Used {
    std::vector<Json> points;
    std::vector<Json> windows;
  };

  Status add_close(std::size_t which);
  std::vector<Json> lateness_of(std::size_t which) const;
  bool is_read(const JoinSide& side, const Json& time) const;
  void note_use(std::size_t which, const Json& time);
  Status add_condition(const Json& condition);
  Status add_inequality(const Json& less, const Json& greater, bool inclusive);
  Status add_equality(const Json& left, const Json& right);
  bool add_terms(const Json& node, bool positive, Inequality& to) const;
  Result<bool> are_times(const Json& a, const Json& b) const;
  Status add_done(std::size_t which, const Json& time, std::int64_t distance);
  bool is_window(std::size_t which, const Json& key) const {
    return sides_.side(which).events.is_window(key);
  }
  bool is_point(std::size_t which, const Json& key) const {
    return sides_.side(which).events.is_point(key);
  }

  Session& session_;
  const ViewSql& view_;
  const JoinSides& sides_;
  std::array<Used, 2> used_;
  std::int64_t lag_ = 0;  ///< of what the sides read
  JoinBounds found_;
};

Result<JoinBounds> BoundFinder::find() {
  lag_ = std::max(sides_.side(JoinSides::kLeft).events.lag(),
                  sides_.side(JoinSides::kRight).events.lag());
  for (const Json& condition : sides_.conditions()) SLUICE_TRY(add_condition(condition));
  SLUICE_TRY(add_close(JoinSides::kLeft));
  SLUICE_TRY(add_close(JoinSides::kRight));
  std::int64_t most = 0;
  for (const JoinBounds::Side& side : found_.sides) most = std::max(most, side.lag.value_or(0));
  found_.lag = lag_ + most;
  return std::move(found_);
}

Status BoundFinder::add_close(std::size_t which) {
  const EventScope& events = sides_.side(which).events;
  std::string ends;
  for (const Json& time : lateness_of(which)) {
    SLUICE_ASSIGN(const std::string text, expression_text(session_, time));
    const std::string end = events.is_window(time) ? "epoch_us(struct_extract(" + text + ", 'end'))"
                                                   : "epoch_us(" + text + ")";
    ends += (ends.empty() ? "" : ", ") + end;
  }
  // Times near the end of all time must not overflow.
  if (!ends.empty()) {
    found_.sides[which].close =
        "least(" + ends + ", 4611686018427387904) + " + std::to_string(lag_);
  }
  return {};
}

/// The times by which a side's rows are late: the windows that are joined on, else the times that
/// conditions bound, else whatever event time the SELECT reads of the pairs. A column that it does
/// not read, as the time that a view passes on beside its window, says nothing.
std::vector<Json> BoundFinder::lateness_of(std::size_t which) const {
  const JoinSide& side = sides_.side(which);
  if (!used_[which].windows.empty()) return used_[which].windows;
  if (!used_[which].points.empty()) return used_[which].points;
  std::vector<Json> times = side.events.expressions();
  std::erase_if(times, [&](const Json& time) { return !is_read(side, time); });
  return times;
}

bool BoundFinder::is_read(const JoinSide& side, const Json& time) const {
  bool read = true;
  visit_expressions(time, [&](const Json& node) {
    if (!is_class(node, "COLUMN_REF")) return true;
    const std::string name = lower(node["column_names"].back().get<std::string>());
    read = read && std::ranges::any_of(side.joined_columns, [&name](const std::string& column) {
             return lower(column) == name;
           });
    return false;
  });
  return read;
}

void BoundFinder::note_use(std::size_t which, const Json& time) {
  std::vector<Json>& used = is_window(which, time) ? used_[which].windows : used_[which].points;
  Json plain = sides_.side(which).events.plain(time);
  if (std::ranges::find(used, plain) == used.end()) used.push_back(std::move(plain));
}

Status BoundFinder::add_condition(const Json& condition) {
  const std::string_view type = type_of(condition);
  if (type == "COMPARE_BETWEEN") {
    SLUICE_TRY(add_inequality(condition["lower"], condition["input"], true));
    return add_inequality(condition["input"], condition["upper"], true);
  }
  if (!is_class(condition, "COMPARISON")) return {};
  const Json& left = condition["left"];
  const Json& right = condition["right"];
  if (type == "COMPARE_LESSTHAN") return add_inequality(left, right, false);
  if (type == "COMPARE_LESSTHANOREQUALTO") return add_inequality(left, right, true);
  if (type == "COMPARE_GREATERTHAN") return add_inequality(right, left, false);
  if (type == "COMPARE_GREATERTHANOREQUALTO") return add_inequality(right, left, true);
  if (type != "COMPARE_EQUAL") return {};
  SLUICE_TRY(add_equality(left, right));
  SLUICE_TRY(add_inequality(left, right, true));
  return add_inequality(right, left, true);
}

/// A time that equals an event time is passed with it, on either side.
Status BoundFinder::add_equality(const Json& left, const Json& right) {
  const auto of_left = sides_.side_of(left);
  const auto of_right = sides_.side_of(right);
  if (!of_left || !of_right || of_left == of_right) return {};
  for (const Json* key : {&left, &right}) {
    const std::size_t which = key == &left ? *of_left : *of_right;
    SLUICE_ASSIGN(const std::string text, expression_text(session_, *key));
    std::string& has_keys = found_.sides[which].has_keys;
    has_keys += (has_keys.empty() ? "(" : " AND (") + text + ") IS NOT NULL";
  }
  const bool windows = is_window(*of_left, left) || is_window(*of_right, right);
  const bool points = is_point(*of_left, left) || is_point(*of_right, right);
  if (points) {
    SLUICE_ASSIGN(const bool times, are_times(left, right));
    if (!times) return {};
  }
  if (!windows && !points) return {};
  for (const Json* key : {&left, &right}) {
    const std::size_t which = key == &left ? *of_left : *of_right;
    if (is_window(which, *key) || is_point(which, *key)) note_use(which, *key);
    Json end = *key;
    if (windows) {
      SLUICE_ASSIGN(const std::string text, expression_text(session_, *key));
      SLUICE_ASSIGN(const std::vector<Json> parsed,
                    parse_expressions(session_, {"struct_extract(" + text + ", 'end')"}));
      end = parsed[0];
    }
    SLUICE_TRY(add_done(which, end, 0));
    found_.sides[which].lag = 0;
  }
  return {};
}

/// Takes sums apart; false when a constant in them is not an interval of fixed length.
bool BoundFinder::add_terms(const Json& node, bool positive, Inequality& to) const {
  const bool call = is_class(node, "FUNCTION") && node["children"].size() == 2;
  if (call && (function_name(node) == "+" || function_name(node) == "-")) {
    const bool same = function_name(node) == "+";
    return add_terms(node["children"][0], positive, to) &&
           add_terms(node["children"][1], same == positive, to);
  }
  if (has_columns(node)) {
    (positive ? to.less : to.greater).push_back(node);
    return true;
  }
  const auto micros = interval_micros(session_, view_, node);
  if (!micros) return false;
  to.shift += positive ? *micros : -*micros;
  return true;
}

/// From `x + shift <= y` and x an event time: a row with y is done once x can be no more than the
/// watermark.
Status BoundFinder::add_inequality(const Json& less, const Json& greater, bool inclusive) {
  Inequality terms;
  if (!add_terms(less, true, terms) || !add_terms(greater, false, terms)) return {};
  if (terms.less.size() != 1 || terms.greater.size() != 1) return {};
  const Json& x = terms.less[0];
  const Json& y = terms.greater[0];
  const auto of_x = sides_.side_of(x);
  const auto of_y = sides_.side_of(y);
  if (!of_x || !of_y || of_x == of_y || !is_point(*of_x, x)) return {};
  SLUICE_ASSIGN(const bool times, are_times(x, y));
  if (!times) return {};
  const std::int64_t distance = (inclusive ? kInclusive : 0) - terms.shift;
  SLUICE_TRY(add_done(*of_y, y, distance));
  note_use(*of_x, x);
  if (!is_point(*of_y, y)) return {};
  note_use(*of_y, y);
  std::optional<std::int64_t>& lag = found_.sides[*of_y].lag;
  lag = std::min(lag.value_or(distance), distance);
  return {};
}

/// Whether two expressions are times that compare by their microseconds.
Result<bool> BoundFinder::are_times(const Json& a, const Json& b) const {
  std::vector<std::string> types;
  for (const Json* time : {&a, &b}) {
    const auto which = sides_.side_of(*time);
    SLUICE_ASSIGN(const std::string text, expression_text(session_, *time));
    const JoinSide& side = sides_.side(*which);
    SLUICE_ASSIGN(const data::Schema schema,
                  session_.describe("SELECT " + text + " AS time FROM (" + side.stand_in() +
                                    ") AS " + data::quote_identifier(side.alias)));
    types.push_back(schema[0].type.to_string());
    if (types.back() == "DATE") types.back() = "TIMESTAMP";
  }
  return types[0] == types[1] && (types[0] == "TIMESTAMP" || types[0] == "TIMESTAMPTZ");
}

/// A row whose time is NULL has no partner.
Status BoundFinder::add_done(std::size_t which, const Json& time, std::int64_t distance) {
  SLUICE_ASSIGN(const std::string text, expression_text(session_, time));
  std::string& done = found_.sides[which].done;
  done += (done.empty() ? "" : " OR ") + ("coalesce(epoch_us(" + text) +
          ") <= " + moment(kWatermark, lag_ + distance) + ", true)";
  return {};
}

}  // namespace

Result<JoinBounds> JoinBounds::make(Session& session, const ViewSql& view, const JoinSides& sides) {
  return BoundFinder(session, view, sides).find();
}

}  // namespace sluice::sql
