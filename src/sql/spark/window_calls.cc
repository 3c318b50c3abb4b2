#include "sql/spark/window_calls.h"

#include <optional>
#include <utility>
#include <vector>

#include "data/type.h"
#include "sql/tree/select_names.h"
#include "sql/tree/window_words.h"

namespace sluice::sql {
namespace {

constexpr std::string_view kMark = kWindowMark;
constexpr std::string_view kWindow = "window";
constexpr std::string_view kNth = kWindowNumber;
/// A row in more windows than this is a slip in the units, not a question.
constexpr std::int64_t kWindowsPerRowMax = 10'000;

/// Names that are marked become `window` again.
bool unmark(Json& node) {
  bool any = false;
  if (node.is_object() && is_class(node, "CONSTANT")) return false;
  for (auto& [key, child] : node.items()) {
    if (child.is_string() && key != "function_name") {
      if (lower(child.get_ref<const std::string&>()) == kMark) {
        child = std::string(kWindow);
        any = true;
      }
    } else if (child.is_structured()) {
      any = unmark(child) || any;
    }
  }
  return any;
}

/// What window(...) asks for: microseconds.
struct WindowSize {
  std::int64_t size = 0;
  std::int64_t slide = 0;
  std::int64_t shift = 0;
};

/// The windows of one SELECT.
class Expander {
 public:
  Expander(Session& session, const ViewSql& view) : session_(session), view_(view) {}

  Result<bool> expand(Json& select);

 private:
  void find_calls(const Json& node);
  Result<WindowSize> read(const Json& call) const;
  Status replace(Json& node, bool item);
  Status add_windows_of_row(Json& select, const WindowSize& size) const;
  Status add_condition(Json& select, const std::string& condition) const;

  Session& session_;
  const ViewSql& view_;
  std::vector<const Json*> calls_;
  Json call_;          ///< what replaces each of them
  Json session_call_;  ///< the session_window(...) of this SELECT, or null
  bool sessions_differ_ = false;
  bool names_call_ = true;
};

void Expander::find_calls(const Json& node) {
  visit_expressions(node, [this](const Json& expression) {
    if (!is_class(expression, "FUNCTION")) return true;
    const std::string name = function_name(expression);
    if (name == kMark) calls_.push_back(&expression);
    if (name == kSessionFunction) {
      sessions_differ_ = sessions_differ_ || (!session_call_.is_null() &&
                                              canonical(session_call_) != canonical(expression));
      session_call_ = expression;
      session_call_["alias"] = "";
    }
    return name != kMark;
  });
}

Result<WindowSize> Expander::read(const Json& call) const {
  const Json& arguments = call["children"];
  if (arguments.size() < 2 || arguments.size() > 4) {
    return view_.error(call,
                       "window() takes a time, a size, and perhaps a slide and an offset: "
                       "window(ts, '10 minutes', '5 minutes', '0 minutes')");
  }
  WindowSize window;
  SLUICE_ASSIGN(window.size, interval_micros(session_, view_, arguments[1]));
  window.slide = window.size;
  if (arguments.size() > 2) {
    SLUICE_ASSIGN(window.slide, interval_micros(session_, view_, arguments[2]));
  }
  if (arguments.size() > 3) {
    SLUICE_ASSIGN(window.shift, interval_micros(session_, view_, arguments[3]));
  }
  if (window.size <= 0 || window.slide <= 0) {
    return view_.error(call, "the size and the slide of window() must be positive");
  }
  if (window.slide > window.size) {
    return view_.error(call,
                       "the slide of window() must not be longer than its size: events between two "
                       "windows would be in none");
  }
  if (std::abs(window.shift) >= window.slide) {
    return view_.error(call, "the offset of window() must be shorter than its slide");
  }
  if (window.size / window.slide > kWindowsPerRowMax) {
    return view_.error(call, "window() would put each row into " +
                                 std::to_string(window.size / window.slide) +
                                 " windows; make the slide longer");
  }
  return window;
}

/// `item`: the expression is an item of the select list, whose name is a column's.
Status Expander::replace(Json& node, bool item) {
  if (!node.is_structured()) return {};
  const std::string_view name = class_of(node);
  if (name == "SUBQUERY" || name == "CONSTANT") return {};
  if (name == "FUNCTION" && function_name(node) == kMark) {
    const std::string alias = node.value("alias", "");
    const Json place = node["query_location"];
    node = call_;
    node["query_location"] = place;
    node["alias"] = alias.empty() && item ? std::string(kWindow) : alias;
    return {};
  }
  if (item && name == "FUNCTION" && function_name(node) == kSessionFunction &&
      node.value("alias", "").empty()) {
    node["alias"] = std::string(kSessionFunction);
  }
  if (name == "COLUMN_REF" && names_call_) {
    const Json& names = node["column_names"];
    const std::string first = lower(names[0].get<std::string>());
    const bool is_window = first == kWindow && !call_.is_null();
    const bool is_session = first == kSessionFunction && !session_call_.is_null();
    if ((is_window || is_session) && names.size() <= 2) {
      Json value = is_window ? call_ : session_call_;
      std::string alias = node.value("alias", "");
      if (alias.empty() && item) alias = names.back().get<std::string>();
      if (names.size() == 2) {
        SLUICE_ASSIGN(
            const std::vector<Json> field,
            parse_expressions(session_, {data::quote_literal(names[1].get<std::string>())}));
        value = function_call("struct_extract", {value, field[0]});
      }
      value["query_location"] = node["query_location"];
      value["alias"] = alias;
      node = std::move(value);
      return {};
    }
  }
  for (auto& [key, child] : node.items()) {
    if (key == "from_table" || key == "cte_map") continue;
    SLUICE_TRY(replace(child, false));
  }
  return {};
}

Status Expander::add_condition(Json& select, const std::string& condition) const {
  SLUICE_ASSIGN(std::vector<Json> parsed, parse_expressions(session_, {condition}));
  sql::add_condition(select["where_clause"], std::move(parsed[0]));
  return {};
}

/// A row is in size / slide windows: FROM gives it as often, numbered.
Status Expander::add_windows_of_row(Json& select, const WindowSize& window) const {
  const std::int64_t count = (window.size + window.slide - 1) / window.slide;
  SLUICE_ASSIGN(
      Json numbered,
      parse_expressions(session_, {"(SELECT 1 FROM a, range(" + std::to_string(count) + ") AS " +
                                   std::string(kNth) + "(" + std::string(kNth) + "))"}));
  Json join = numbered[0]["subquery"].contains("node")
                  ? numbered[0]["subquery"]["node"]["from_table"]
                  : numbered[0]["subquery"]["from_table"];
  join["left"] = std::move(select["from_table"]);
  select["from_table"] = std::move(join);
  for (Json& item : select["select_list"]) {
    if (is_class(item, "STAR") && item["relation_name"].get<std::string>().empty()) {
      item["exclude_list"].push_back(std::string(kNth));
    }
  }
  return {};
}

Result<bool> Expander::expand(Json& select) {
  for (const char* key :
       {"select_list", "where_clause", "group_expressions", "having", "qualify", "modifiers"}) {
    find_calls(select[key]);
  }
  if (calls_.empty() && session_call_.is_null()) return false;
  if (sessions_differ_) {
    return view_.error(
        session_call_,
        "several different session windows in one SELECT are not possible; write one "
        "view for each");
  }
  if (!calls_.empty()) {
    for (const Json* call : calls_) {
      if (canonical(*call) == canonical(*calls_[0])) continue;
      return view_.error(*call,
                         "several different windows in one SELECT are not possible; write one view "
                         "for each window");
    }
    if (!session_call_.is_null()) {
      return view_.error(*calls_[0],
                         "window() and session_window() in one SELECT are not possible; write one "
                         "view for each");
    }
    const Json first = *calls_[0];
    SLUICE_ASSIGN(const WindowSize window, read(first));
    const Json& time = first["children"][0];
    names_call_ = SelectNames::plain_name(time) != kWindow;
    SLUICE_ASSIGN(const std::string time_text, expression_text(session_, time));
    const bool sliding = window.slide < window.size;
    SLUICE_ASSIGN(std::vector<Json> numbers,
                  parse_expressions(
                      session_, {std::to_string(window.size), std::to_string(window.slide),
                                 std::to_string(window.shift), sliding ? std::string(kNth) : "0"}));
    call_ = function_call(kWindowFunction, {time, numbers[0], numbers[1], numbers[2], numbers[3]});
    if (sliding) SLUICE_TRY(add_windows_of_row(select, window));
    SLUICE_TRY(add_condition(select, "(" + time_text + ") IS NOT NULL"));
    if (window.size % window.slide != 0) {
      SLUICE_ASSIGN(const std::string text, expression_text(session_, call_));
      SLUICE_TRY(add_condition(select, "epoch_us(struct_extract(" + text +
                                           ", 'end')) > sluice_event_us(" + time_text + ")"));
    }
  }
  if (!session_call_.is_null()) {
    if (session_call_["children"].size() != 2) {
      return view_.error(
          session_call_,
          "session_window() takes a time and a gap: session_window(ts, '5 minutes')");
    }
    SLUICE_ASSIGN(const std::string text, expression_text(session_, session_call_));
    // No session without a time, or with a gap of nothing: Spark drops such rows too.
    SLUICE_TRY(add_condition(
        select, "struct_extract(" + text + ", 'end') > struct_extract(" + text + ", 'start')"));
  }
  for (Json& item : select["select_list"]) SLUICE_TRY(replace(item, true));
  for (const char* key : {"where_clause", "group_expressions", "having", "qualify", "modifiers"}) {
    SLUICE_TRY(replace(select[key], false));
  }
  return true;
}

/// A call of window() where none is expanded (in a join's ON, say), or null.
const Json* find_marked_call(const Json& node) {
  if (!node.is_structured() || is_class(node, "CONSTANT")) return nullptr;
  if (is_class(node, "FUNCTION") && function_name(node) == kMark) return &node;
  for (const auto& [key, child] : node.items()) {
    if (const Json* found = find_marked_call(child)) return found;
  }
  return nullptr;
}

/// Every SELECT of a tree, subqueries first.
Result<bool> expand_all(Session& session, const ViewSql& view, Json& node) {
  bool any = false;
  if (!node.is_structured() || is_class(node, "CONSTANT")) return any;
  for (auto& [key, child] : node.items()) {
    SLUICE_ASSIGN(const bool below, expand_all(session, view, child));
    any = any || below;
  }
  if (type_of(node) == "SELECT_NODE") {
    SLUICE_ASSIGN(const bool here, Expander(session, view).expand(node));
    any = any || here;
  }
  return any;
}

}  // namespace

Result<bool> expand_windows(Session& session, const ViewSql& view, Json& query) {
  const bool renamed = unmark(query);
  SLUICE_ASSIGN(const bool expanded, expand_all(session, view, query));
  if (const Json* left = find_marked_call(query)) {
    return view.error(
        *left,
        "window() is possible in the select list, WHERE and GROUP BY; for a join make "
        "it a column in a view below: SELECT *, window(ts, '5 minutes') AS window");
  }
  return renamed || expanded;
}

Result<std::int64_t> interval_micros(Session& session, const ViewSql& view, const Json& interval) {
  SLUICE_ASSIGN(const std::string text, expression_text(session, interval));
  const std::string cast = "CAST(" + text + " AS INTERVAL)";
  const auto rows =
      session.query("SELECT epoch_us(TIMESTAMP '1970-01-01' + " + cast + "), extract(year FROM " +
                    cast + ") * 12 + extract(month FROM " + cast + ")");
  if (!rows || rows->values.empty() || !rows->values[0][0]) {
    return view.error(
        interval, text + " is not a constant interval; write '10 minutes' or INTERVAL 10 MINUTE");
  }
  if (rows->values[0][1] != "0") {
    return view.error(interval,
                      "an interval in months or years has no fixed length; write it in days, hours "
                      "or less");
  }
  return std::stoll(*rows->values[0][0]);
}

}  // namespace sluice::sql
