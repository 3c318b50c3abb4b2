#include "sql/aggregate/distinct_plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/quantity_text.h"
#include "sql/spark/parse_view.h"
#include "sql/tree/select_names.h"
#include "sql/view/bind_view.h"
#include "sql/view/late_rows.h"
#include "sql/view/state_schema.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// Hidden columns: of the batch, when the row is too late; of the state, when a key is given up.
constexpr char kClose[] = "__close";
constexpr char kUntil[] = "__until";

/// A key by which rows are the same.
struct Key {
  std::string column;  ///< of the batch's table
  Json expression;     ///< what it is, over the columns of FROM
  bool hidden = false;
};

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + quote_identifier(name);
  }
  return text;
}

/// The query of all rows, before the repeated ones are taken out.
Json without_distinct(Json query) {
  if (type_of(query) == "SET_OPERATION_NODE") {
    query["setop_all"] = true;
    query["left"] = without_distinct(std::move(query["left"]));
    query["right"] = without_distinct(std::move(query["right"]));
    return query;
  }
  Json modifiers = Json::array();
  for (Json& modifier : query["modifiers"]) {
    if (type_of(modifier) != "DISTINCT_MODIFIER") modifiers.push_back(std::move(modifier));
  }
  query["modifiers"] = std::move(modifiers);
  return query;
}

class DistinctPlanner {
 public:
  DistinctPlanner(Session& session, const DistinctView& of, ViewPlan& plan)
      : session_(session), of_(of), view_(of.sql), plan_(plan) {}

  /// `kept`: gets what the state has; null: nobody asks.
  Status make(std::vector<KeptRows>* kept);

 private:
  Status find_rows();
  Status find_keys();
  Status add_targets(const Json& targets);
  Status add_columns_of_by(const Deduplicate& how);
  Status find_close();
  Status check_within() const;
  Status write_select();
  Result<std::string> state_shape() const;
  Result<std::string> meaning() const;
  Status write_steps();
  Status write_late();
  Status note_kept(std::vector<KeptRows>& to);
  Json expression_of(const std::string& column) const;
  Result<std::string> close_text(const EventScope& scope, const Json& expression,
                                 bool& found) const;
  std::string same_key(const std::string& left, const std::string& right) const;
  std::string until() const;

  Session& session_;
  const DistinctView& of_;
  const ViewSql& view_;
  ViewPlan& plan_;
  Json rows_;  ///< the SELECT of all rows, repeated ones too
  std::vector<Key> keys_;
  std::vector<std::string> visible_;  ///< columns of the result
  std::string close_;                 ///< over the columns of FROM; "": no row is ever late
  bool keys_close_ = false;           ///< ... since a key is event time
  std::string select_;                ///< rows_ with the hidden columns
};

/// A UNION becomes a subquery, so that what follows deals with one SELECT only.
Status DistinctPlanner::find_rows() {
  rows_ = without_distinct(view_.query());
  if (type_of(rows_) == "SELECT_NODE") return {};
  SLUICE_ASSIGN(const std::string text, query_text(session_, rows_));
  ViewText whole;
  whole.sql = "SELECT * FROM (" + text + ") AS rows";
  SLUICE_ASSIGN(const ViewSql parsed, parse_view(session_, whole));
  rows_ = parsed.query();
  return {};
}

/// What a column of the result is, over the columns of FROM.
Json DistinctPlanner::expression_of(const std::string& column) const {
  const Json& items = rows_["select_list"];
  const bool has_star = std::any_of(items.begin(), items.end(),
                                    [](const Json& item) { return is_class(item, "STAR"); });
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string name = has_star ? item_name(items[i]) : visible_[i];
    if (!is_class(items[i], "STAR") && lower(name) == lower(column)) return items[i];
  }
  return column_tree(column);
}

Status DistinctPlanner::find_keys() {
  if (const auto& how = view_.text().deduplicate; how && !how->by.empty()) {
    return add_columns_of_by(*how);
  }
  for (const Json& modifier : view_.query()["modifiers"]) {
    if (type_of(modifier) != "DISTINCT_MODIFIER") continue;
    const Json& targets = modifier["distinct_on_targets"];
    if (targets.is_array() && !targets.empty()) return add_targets(targets);
  }
  for (const std::string& column : visible_) keys_.push_back({column, expression_of(column)});
  return {};
}

Status DistinctPlanner::add_columns_of_by(const Deduplicate& how) {
  for (const Deduplicate::Column& column : how.by) {
    const auto found = std::ranges::find_if(
        visible_, [&column](const std::string& name) { return lower(name) == lower(column.name); });
    if (found == visible_.end()) {
      const std::string guess = did_you_mean(column.name, visible_);
      const std::string place = column.location.to_string();
      return user_error((place.empty() ? "" : place + ": ") + "view '" + view_.name() +
                        "': deduplicate.by names the column '" + column.name +
                        "', which the view does not have" +
                        (guess.empty() ? "; it has: " + of_.bound.to_string() : guess));
    }
    const bool twice =
        std::ranges::any_of(keys_, [&found](const Key& key) { return key.column == *found; });
    if (!twice) keys_.push_back({*found, expression_of(*found)});
  }
  return {};
}

/// DISTINCT ON: aliases and ordinals speak of the select list, all else of FROM.
Status DistinctPlanner::add_targets(const Json& targets) {
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session_, view_));
  for (const Json& target : targets) {
    Json meant = names.expand(target);
    if (const Json* alias = names.find_alias(SelectNames::plain_name(target))) meant = *alias;
    if (is_class(target, "CONSTANT") && target["value"]["value"].is_number_integer()) {
      // Binding has seen that there is such a column.
      const auto ordinal = target["value"]["value"].get<std::size_t>();
      const std::string& column = visible_.at(ordinal - 1);
      keys_.push_back({column, expression_of(column)});
      continue;
    }
    const Json tree = canonical(meant);
    std::optional<Key> key;
    for (const std::string& column : visible_) {
      Json expression = expression_of(column);
      if (!key && canonical(names.expand(expression)) == tree) {
        key = Key{column, std::move(expression)};
      }
    }
    if (!key) {
      key = Key{"__key_" + std::to_string(keys_.size() + 1), std::move(meant), true};
    }
    keys_.push_back(*std::move(key));
  }
  return {};
}

/// `found` stays false where the expression is not an event time.
Result<std::string> DistinctPlanner::close_text(const EventScope& scope, const Json& expression,
                                                bool& found) const {
  SLUICE_ASSIGN(const std::string text, expression_text(session_, expression));
  const auto close = scope.close_of(session_, expression, "(" + text + ")");
  found = close.has_value();
  return close.value_or("");
}

Status DistinctPlanner::find_close() {
  const EventScope scope = EventScope::make(rows_, of_.events);
  if (scope.empty()) return {};
  for (const Key& key : keys_) {
    SLUICE_ASSIGN(close_, close_text(scope, key.expression, keys_close_));
    if (keys_close_) return {};
  }
  const EventTimes times = scope.of_result(rows_);
  for (const std::vector<Json>* trees : {&times.points, &times.windows}) {
    for (const Json& tree : *trees) {
      const std::string name = SelectNames::plain_name(tree);
      bool found = false;
      SLUICE_ASSIGN(close_, close_text(scope, name.empty() ? tree : expression_of(name), found));
      if (found) return {};
    }
  }
  return {};
}

Status DistinctPlanner::write_select() {
  std::vector<std::string> hidden;
  for (const Key& key : keys_) {
    if (!key.hidden) continue;
    SLUICE_ASSIGN(const std::string text, expression_text(session_, key.expression));
    hidden.push_back(text + " AS " + quote_identifier(key.column));
  }
  if (!close_.empty()) hidden.push_back(close_ + " AS " + kClose);
  Json select = rows_;
  if (!hidden.empty()) {
    SLUICE_ASSIGN(std::vector<Json> items, parse_expressions(session_, hidden));
    for (Json& item : items) select["select_list"].push_back(std::move(item));
  }
  SLUICE_ASSIGN(select_, query_text(session_, select));
  ViewSql rewritten = view_;
  rewritten.rewrite(std::move(select), select_);
  return check_row_by_row(session_, rewritten);
}

std::string DistinctPlanner::same_key(const std::string& left, const std::string& right) const {
  std::string condition;
  for (const Key& key : keys_) {
    const std::string name = "." + quote_identifier(key.column);
    condition +=
        (condition.empty() ? "" : " AND ") + left + name + " IS NOT DISTINCT FROM " + right + name;
  }
  return condition;
}

/// When a row's key may be given up, over the batch's columns; "": never.
std::string DistinctPlanner::until() const {
  const auto& how = view_.text().deduplicate;
  // A row without a time counts as one of 1970, as in Spark: kept for its own batch.
  if (how && how->within_us) {
    return std::string("coalesce(") + kClose + ", 0) + " + std::to_string(*how->within_us);
  }
  return keys_close_ ? kClose : "";
}

Status DistinctPlanner::check_within() const {
  const auto& how = view_.text().deduplicate;
  if (!how || !how->within_us || !close_.empty()) return {};
  const std::string place = how->location.to_string();
  return user_error((place.empty() ? "" : place + ": ") + "view '" + view_.name() +
                    "': deduplicate.within needs to know when a row's event happened; give the "
                    "source a watermark, keep its column in the view, or leave `within` out");
}

/// Columns of the state's table: "k VARCHAR, __until BIGINT".
Result<std::string> DistinctPlanner::state_shape() const {
  SLUICE_ASSIGN(const data::Schema schema, session_.describe(select_));
  std::string shape;
  for (const Key& key : keys_) {
    for (const data::Field& field : schema.fields()) {
      if (field.name != key.column) continue;
      shape +=
          (shape.empty() ? "" : ", ") + quote_identifier(key.column) + " " + field.type.to_string();
    }
  }
  return until().empty() ? shape : shape + ", " + kUntil + " BIGINT";
}

/// What the state's keys depend on: where rows come from, what the keys are, and for how long.
/// Columns that are not keys may change.
Result<std::string> DistinctPlanner::meaning() const {
  if (type_of(view_.query()) != "SELECT_NODE") return select_ + " until " + until();
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session_, view_));
  Json select = rows_;
  select["where_clause"] = names.expand(std::move(select["where_clause"]));
  select["select_list"] = Json::array();
  for (const Key& key : keys_) {
    Json item = names.expand(key.expression);
    item["alias"] = key.column;
    select["select_list"].push_back(std::move(item));
  }
  SLUICE_ASSIGN(const std::string text, query_text(session_, std::move(select)));
  return text + " until " + until();
}

Status DistinctPlanner::write_steps() {
  SLUICE_ASSIGN(const std::string shape, state_shape());
  SLUICE_ASSIGN(const std::string schema, state_schema(session_));
  const std::string state = schema + quote_identifier(plan_.name);
  const std::string batch = "temp." + quote_identifier(plan_.name + "__batch");
  const std::string rows = "temp." + quote_identifier(plan_.name + "__rows");
  const std::string create = "CREATE OR REPLACE TEMP TABLE ";
  const std::string create_rows = create + quote_identifier(plan_.name + "__rows") + " AS ";
  std::vector<std::string> names;
  for (const Key& key : keys_) names.push_back(key.column);
  const std::string until_text = until();

  plan_.state_tables = {plan_.name};
  plan_.create_state = "CREATE TABLE IF NOT EXISTS " + state + " (" + shape + "); " + create_rows +
                       select_ + " LIMIT 0";
  plan_.fold = {{create + quote_identifier(plan_.name + "__batch") + " AS " + select_},
                {"SELECT count(*) FROM " + batch, Step::Counts::kRows}};
  std::string in_time;
  if (!close_.empty()) {
    const std::string late = std::string(kClose) + " <= " + std::string(kLateBefore);
    plan_.fold.push_back(late_step(batch, "count(*)", kClose));
    in_time = " WHERE (" + late + ") IS NOT TRUE";
  }
  // A batch lies in its table in order of arrival.
  plan_.fold.push_back({create_rows + "SELECT __b.* FROM " + batch +
                        " AS __b SEMI JOIN (SELECT min(rowid) AS first FROM " + batch + in_time +
                        " GROUP BY " + list(names) +
                        ") AS __f ON (__b.rowid = __f.first) ANTI JOIN " + state + " AS __s ON (" +
                        same_key("__b", "__s") + ") ORDER BY __b.rowid"});
  plan_.fold.push_back({"INSERT INTO " + state + " SELECT " + list(names) +
                        (until_text.empty() ? "" : ", " + until_text) + " FROM " + rows});
  plan_.fold.push_back({"DROP TABLE " + batch});
  plan_.evict = {create_rows + "SELECT * FROM " + rows + " LIMIT 0"};
  if (!until_text.empty()) {
    plan_.evict.push_back(std::string("DELETE FROM ") + state + " WHERE " + kUntil +
                          " <= " + std::string(kWatermark));
  }
  plan_.definition = "SELECT " + list(visible_) + " FROM " + rows;
  SLUICE_ASSIGN(plan_.origin.meaning, meaning());
  plan_.origin.meaning += " -> " + shape;
  plan_.origin.columns = shape;
  return {};
}

Status DistinctPlanner::write_late() {
  std::vector<std::string> windows;
  for (const Key& key : keys_) {
    SLUICE_ASSIGN(std::string window, window_item(session_, key.expression, key.column));
    if (!window.empty()) windows.push_back(std::move(window));
  }
  Json select = rows_;
  if (!select["where_clause"].is_null()) {
    SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session_, view_));
    select["where_clause"] = names.expand(std::move(select["where_clause"]));
  }
  SLUICE_ASSIGN(plan_.late, late_rows(session_, std::move(select), close_, windows));
  return {};
}

Status DistinctPlanner::note_kept(std::vector<KeptRows>& to) {
  const auto& how = view_.text().deduplicate;
  KeptRows kept{
      .what = "the keys of the rows that came", .keys = {}, .event_time = "", .until = ""};
  for (const Key& key : keys_) {
    std::string text = quote_identifier(key.column);
    if (key.hidden) {
      SLUICE_ASSIGN(text, expression_text(session_, key.expression));
    }
    kept.keys.push_back(std::move(text));
  }
  if (how && how->within_us) {
    kept.until = "the watermark is " + duration_option_text(*how->within_us) + " after the row";
  } else if (keys_close_) {
    kept.until = "the watermark has passed the row";
  }
  to.push_back(std::move(kept));
  return {};
}

Status DistinctPlanner::make(std::vector<KeptRows>* kept) {
  for (const data::Field& field : of_.bound.fields()) {
    visible_.push_back(field.name);
    if (lower(field.name) == "rowid") {
      return view_.error(
          "a column named rowid is not possible where repeated rows are removed; "
          "give it another name");
    }
  }
  SLUICE_TRY(find_rows());
  SLUICE_TRY(find_keys());
  SLUICE_TRY(find_close());
  SLUICE_TRY(check_within());
  SLUICE_TRY(write_select());
  SLUICE_TRY(write_steps());
  if (!close_.empty()) SLUICE_TRY(write_late());
  if (kept != nullptr) SLUICE_TRY(note_kept(*kept));
  plan_.kind = ViewKind::kDistinct;
  plan_.modes = {connector::OutputMode::kAppend, connector::OutputMode::kUpdate};
  plan_.waits_for_watermark = !until().empty();
  if (until().empty()) {
    plan_.warning =
        "keeps every key for ever; put the event time among the keys or give deduplicate: "
        "{within: 10m}, with a watermark in the source";
  }
  // Later views bind to it; the engine puts the batch's first rows in its place.
  return session_.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(plan_.name) +
                          " AS SELECT " + list(visible_) + " FROM (" + select_ + ")");
}

}  // namespace

Status plan_distinct(Session& session, const DistinctView& view, ViewPlan& plan,
                     std::vector<KeptRows>* kept) {
  return DistinctPlanner(session, view, plan).make(kept);
}

}  // namespace sluice::sql
