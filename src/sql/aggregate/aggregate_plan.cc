#include "sql/aggregate/aggregate_plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/quantity_text.h"
#include "sql/aggregate/aggregate_calls.h"
#include "sql/aggregate/aggregate_state.h"
#include "sql/aggregate/final_select.h"
#include "sql/aggregate/group_keys.h"
#include "sql/aggregate/session_steps.h"
#include "sql/aggregate/value_tables.h"
#include "sql/spark/window_calls.h"
#include "sql/tree/select_names.h"
#include "sql/view/late_rows.h"
#include "sql/view/mode_refusals.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// What of the view's SQL the state needs: `items` over its FROM and WHERE.
Result<Json> inner_select(Session& session, const ViewSql& view, const SelectNames& names,
                          const std::vector<std::string>& items, bool no_rows) {
  Json select = view.query();
  SLUICE_ASSIGN(select["select_list"], parse_expressions(session, items));
  select["where_clause"] = names.expand(std::move(select["where_clause"]));
  if (no_rows) {
    SLUICE_ASSIGN(const std::vector<Json> never, parse_expressions(session, {"false"}));
    select["where_clause"] = never[0];
  }
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  select["having"] = select["qualify"] = nullptr;
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return select;
}

std::vector<std::string> partial_items(const StateTable& table) {
  std::vector<std::string> items;
  for (const StateColumn& column : table.columns()) {
    items.push_back(column.partial + " AS " + quote_identifier(column.name));
  }
  items.emplace_back("count(*) AS __rows");
  return items;
}

/// SELECT of what the rows of a batch come to, by key.
Result<std::string> partial_text(Session& session, const ViewSql& view, const SelectNames& names,
                                 const StateTable& table, bool no_rows) {
  SLUICE_ASSIGN(Json select, inner_select(session, view, names, partial_items(table), no_rows));
  std::vector<std::string> ordinals;
  Json group = Json::array();
  for (std::size_t i = 0; i < table.keys(); ++i) {
    ordinals.push_back(std::to_string(i + 1));
    group.push_back(i);
  }
  if (table.keys() > 0) {
    SLUICE_ASSIGN(select["group_expressions"], parse_expressions(session, ordinals));
    select["group_sets"].push_back(std::move(group));
  }
  return query_text(session, std::move(select));
}

/// The same from the batch's input. The grouping set () has no row without input, as in Spark.
std::string partial_of_input(const AggregateCalls& calls, const GroupKeys& keys,
                             const StateTable& table, bool no_rows) {
  std::string items;
  for (const std::string& item : partial_items(table)) items += (items.empty() ? "" : ", ") + item;
  return "SELECT " + items + " FROM " + calls.input().table() + (no_rows ? " WHERE false" : "") +
         group_by(keys, "") + (keys.sets().empty() ? "" : " HAVING count(*) > 0");
}

Result<std::string> input_text(Session& session, const ViewSql& view, const SelectNames& names,
                               const GroupKeys& keys, const AggregateCalls& calls, bool no_rows) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SLUICE_ASSIGN(const std::string text, expression_text(session, keys.expression(i)));
    items.push_back(text + " AS " + quote_identifier(keys.name(i)));
  }
  for (std::string& item : calls.input().items()) items.push_back(std::move(item));
  if (items.empty()) items.emplace_back("1 AS __none");
  SLUICE_ASSIGN(Json select, inner_select(session, view, names, items, no_rows));
  return query_text(session, std::move(select));
}

/// A SELECT that was taken apart and put together again must give what it gave before.
Status check_types(const ViewSql& view, const data::Schema& bound, const data::Schema& schema) {
  if (schema == bound) return {};
  return internal_error("view " + view.name() + ": columns changed in planning from (" +
                        bound.to_string() + ") to (" + schema.to_string() + ")");
}

/// How an aggregate view is kept.
struct AggregateState {
  const GroupKeys& keys;
  const AggregateCalls& calls;
  const StateTable& table;
  const ValueTables& values;
};

/// What each batch is made into: `input` is empty when the partial result is made of the view's own
/// FROM. The others are the same without rows.
struct BatchTexts {
  std::string input;
  std::string empty_input;
  std::string partial;
  std::string empty_partial;
};

Result<BatchTexts> batch_texts(Session& session, const ViewSql& view, const SelectNames& names,
                               const GroupKeys& keys, const AggregateCalls& calls,
                               const StateTable& table) {
  BatchTexts texts;
  if (calls.reads_input()) {
    SLUICE_ASSIGN(texts.input, input_text(session, view, names, keys, calls, false));
    SLUICE_ASSIGN(texts.empty_input, input_text(session, view, names, keys, calls, true));
    texts.partial = partial_of_input(calls, keys, table, false);
    texts.empty_partial = partial_of_input(calls, keys, table, true);
  } else {
    SLUICE_ASSIGN(texts.partial, partial_text(session, view, names, table, false));
    SLUICE_ASSIGN(texts.empty_partial, partial_text(session, view, names, table, true));
  }
  return texts;
}

std::string make_temp_table(const std::string& table, const std::string& select) {
  return "CREATE OR REPLACE TEMP TABLE " + table + " AS " + select;
}

Result<StateTable> make_state(Session& session, const ViewSql& view, const GroupKeys& keys,
                              const AggregateCalls& calls) {
  std::vector<StateColumn> columns;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::string text = quote_identifier(keys.name(i));
    if (!calls.reads_input()) {
      SLUICE_ASSIGN(text, expression_text(session, keys.expression(i)));
    }
    columns.push_back({keys.name(i), std::move(text), "", ""});
  }
  if (!keys.sets().empty()) columns.push_back({"__grouping", grouping_of_all(keys), "", ""});
  return StateTable::make(session, view.name(), std::move(columns), calls.columns());
}

/// The close_of() the first key that is event time, in each group, or null; `key` is which.
std::optional<std::string> find_close(Session& session, const EventScope& events,
                                      const GroupKeys& keys, std::size_t& key) {
  for (key = 0; key < keys.size(); ++key) {
    if (!keys.in_every_set(key)) continue;
    auto close = events.close_of(session, keys.expression(key), quote_identifier(keys.name(key)));
    if (close) return close;
  }
  return std::nullopt;
}

/// sluice_window(ts, 60000000, 60000000, 0, 0) as people write it: window(ts, '1m').
std::string shown_key(const std::string& text) {
  static constexpr std::string_view kCall = "sluice_window(";
  if (!text.starts_with(kCall)) return text;
  std::vector<std::string> rest;  // width, slide, start and zone, from the last one on
  std::size_t end = text.size() - 1;
  while (rest.size() < 4) {
    const std::size_t comma = text.rfind(", ", end - 1);
    if (comma == std::string::npos) return text;
    rest.push_back(text.substr(comma + 2, end - comma - 2));
    end = comma;
  }
  const bool is_number = std::ranges::all_of(rest, [](const std::string& number) {
    return !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
  });
  if (!is_number) return text;
  const auto duration = [](const std::string& micros) {
    return ", '" + duration_option_text(std::stoll(micros)) + "'";
  };
  return "window(" + text.substr(kCall.size(), end - kCall.size()) + duration(rest[3]) +
         (rest[2] == rest[3] ? "" : duration(rest[2])) + ")";
}

/// What is kept, and until when: `event_time` is the key that is one, or their number; `leaves`:
/// groups are given up by it.
Result<KeptRows> kept_groups(Session& session, const AggregateState& state, std::size_t event_time,
                             bool leaves) {
  const GroupKeys& keys = state.keys;
  KeptRows kept;
  kept.what = keys.size() == 0 ? "one row" : "a row for each group";
  if (!state.values.names().empty()) kept.what += ", and every value that its aggregates need";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SLUICE_ASSIGN(std::string text, expression_text(session, keys.expression(i)));
    text = shown_key(text);
    if (i == event_time) kept.event_time = text;
    kept.keys.push_back(std::move(text));
  }
  if (leaves) kept.until = "the watermark has passed " + kept.event_time;
  return kept;
}

/// ViewPlan::late.
Result<std::string> late_text(Session& session, const EventScope& events, const ViewSql& view,
                              const SelectNames& names, const GroupKeys& keys) {
  std::string close;
  std::vector<std::string> windows;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SLUICE_ASSIGN(const std::string text, expression_text(session, keys.expression(i)));
    if (close.empty() && keys.in_every_set(i)) {
      close = events.close_of(session, keys.expression(i), "(" + text + ")").value_or("");
    }
    SLUICE_ASSIGN(std::string window, window_item(session, keys.expression(i), keys.name(i)));
    if (!window.empty()) windows.push_back(std::move(window));
  }
  Json select = view.query();
  select["where_clause"] = names.expand(std::move(select["where_clause"]));
  return late_rows(session, std::move(select), close, windows);
}

/// Whether a row of the result stays for ever under the values that it has in `columns`: they are
/// keys of the groups, none of which is left out.
bool stays(const ViewSql& view, const SelectNames& names, const GroupKeys& keys,
           const data::Schema& schema, const std::vector<std::string>& columns) {
  const Json& query = view.query();
  const Json& items = query["select_list"];
  if (columns.empty() || items.size() != schema.size()) return false;
  if (!query["having"].is_null() || !query["qualify"].is_null()) return false;
  return std::ranges::all_of(columns, [&](const std::string& column) {
    const int index = schema.find(column);
    if (index < 0) return false;
    const Json tree = canonical(names.expand(items[static_cast<std::size_t>(index)]));
    return keys.find(tree) < keys.size();
  });
}

/// The key whose value, or whose begin or end if it is a window, the item of the select list is; or
/// their number.
std::size_t key_shown_by(const SelectNames& names, const GroupKeys& keys, const Json& item) {
  const std::size_t whole = keys.find(canonical(names.expand(item)));
  const auto calls = [](const Json& expression, std::string_view function) {
    return is_class(expression, "FUNCTION") && function_name(expression) == function;
  };
  if (whole < keys.size() || !calls(item, "struct_extract")) return whole;
  const std::size_t key = keys.find(canonical(names.expand(item["children"][0])));
  if (key == keys.size() || !calls(keys.expression(key), kWindowFunction)) return keys.size();
  return key;
}

/// KeptRows::key_columns.
std::optional<std::vector<std::string>> key_columns(const ViewSql& view, const SelectNames& names,
                                                    const GroupKeys& keys,
                                                    const data::Schema& schema) {
  const Json& items = view.query()["select_list"];
  if (!keys.sets().empty() || items.size() != schema.size()) return std::nullopt;
  std::vector<std::string> columns(keys.size());
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::size_t key = key_shown_by(names, keys, items[i]);
    if (key < keys.size() && columns[key].empty()) columns[key] = schema[i].name;
  }
  if (std::ranges::any_of(columns, &std::string::empty)) return std::nullopt;
  return columns;
}

/// What the view's result was before the batch, of its keys.
std::string rows_before(const std::string& view) {
  return "temp." + quote_identifier(view + "__was");
}

/// What the state does in a batch. `close` as of find_close, null when nothing is given up.
/// `was`: SELECT of the result's rows of the batch's keys, to be kept from before; "": not asked.
void add_steps(const AggregateState& state, const BatchTexts& texts,
               const std::optional<std::string>& close, const std::string& was, ViewPlan& plan) {
  const auto& [keys, calls, table, values] = state;
  const std::string partial = table.partial_table();
  const std::string input = calls.reads_input() ? calls.input().table() : partial;
  const std::string count = calls.reads_input() ? "count(*)" : "sum(__rows)";
  if (calls.reads_input()) {
    plan.fold.push_back({make_temp_table(calls.input().table(), texts.input)});
  }
  plan.fold.push_back({make_temp_table(partial, texts.partial)});
  plan.fold.push_back({"SELECT " + count + " FROM " + input, Step::Counts::kRows});
  std::string late;
  if (close) {
    late = *close + " <= " + std::string(kLateBefore);
    plan.fold.push_back(late_step(input, count, *close));
    plan.fold.push_back({"DELETE FROM " + partial + " WHERE " + late});
    plan.evict = {"DELETE FROM " + table.table() + " WHERE " + *close +
                  " <= " + std::string(kWatermark)};
    for (std::string& statement : values.evict(*close)) plan.evict.push_back(std::move(statement));
  }
  if (!was.empty()) plan.fold.push_back({make_temp_table(rows_before(plan.name), was)});
  for (Step& step : values.insert(late)) plan.fold.push_back(std::move(step));
  if (keys.session() == keys.size()) {
    plan.fold.push_back({table.merge()});
    return;
  }
  for (Step& step : session_steps(table, keys.session())) plan.fold.push_back(std::move(step));
}

/// Statements that put the tables there that are not; the temp ones from the start, so that views
/// over them bind.
std::string create_text(const AggregateState& state, const BatchTexts& texts) {
  const auto& [keys, calls, table, values] = state;
  std::string sql;
  if (calls.reads_input()) sql = make_temp_table(calls.input().table(), texts.empty_input) + "; ";
  return sql + table.create(texts.empty_partial) + "; " +
         make_temp_table(table.partial_table(), texts.empty_partial) + values.create();
}

/// What the state's columns are and what was summed up in them.
Status note_origin(Session& session, const AggregateState& state, const BatchTexts& texts,
                   StateOrigin& origin) {
  SLUICE_ASSIGN(const std::string values_shape, state.values.shape(session));
  origin.columns = state.table.shape() + values_shape;
  if (state.calls.keeps_hashes()) {
    SLUICE_ASSIGN(const auto version, session.value("SELECT version()"));
    origin.columns += "; hashes of DuckDB " + version.value_or("");
  }
  origin.meaning =
      (texts.input.empty() ? "" : texts.input + " -> ") + texts.partial + " -> " + origin.columns;
  return {};
}

}  // namespace

Status plan_aggregate(Session& session, const StatefulView& of, ViewPlan& plan,
                      std::vector<KeptRows>* kept) {
  const ViewSql& view = of.sql;
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session, view));
  SLUICE_ASSIGN(const GroupKeys keys, GroupKeys::make(view, names, of.bound));
  AggregateCalls calls(session, view);
  SLUICE_ASSIGN(const FinalSelect result, FinalSelect::make(view, names, keys, of.bound, calls));
  SLUICE_TRY(calls.finish(keys));
  SLUICE_ASSIGN(StateTable table, make_state(session, view, keys, calls));
  const ValueTables values(table, keys, calls);
  SLUICE_ASSIGN(const BatchTexts texts, batch_texts(session, view, names, keys, calls, table));
  if (calls.reads_input()) {
    SLUICE_TRY(session.execute(make_temp_table(calls.input().table(), texts.empty_input)));
  }
  if (auto typed = table.find_types(session, texts.partial); !typed) {
    return view.error(view.query()["select_list"][0], typed.error().message());
  }
  std::size_t event_time = 0;
  const std::optional<std::string> close = find_close(session, of.events, keys, event_time);
  if (close && !of.kept_whole) {
    SLUICE_ASSIGN(plan.late, late_text(session, of.events, view, names, keys));
  }
  const AggregateState state{keys, calls, table, values};
  plan.state_tables = values.names();
  plan.state_tables.insert(plan.state_tables.begin(), view.name());
  plan.create_state = create_text(state, texts);
  std::vector<std::string> types = table.aggregate_types();
  SLUICE_TRY(values.find_types(session, types));
  const auto final = [&](const std::string& from) { return result.text(session, types, from); };
  SLUICE_ASSIGN(plan.complete, final(values.with_results(table.whole())));
  const std::string open = close ? *close + " > " + std::string(kLateBefore) : "";
  SLUICE_ASSIGN(plan.update, final(values.with_results(table.changed(open))));
  SLUICE_ASSIGN(const std::string stand_in, final(values.with_no_results(table.stand_in())));
  SLUICE_ASSIGN(plan.schema, session.describe(stand_in));
  const bool may_leave = std::ranges::any_of(of.deleting_keys, [&](const auto& columns) {
    return !stays(view, names, keys, plan.schema, columns);
  });
  const bool deletes = may_leave && keys.session() == keys.size() && !result.complete_only();
  if (deletes) {
    plan.before = "SELECT * FROM " + rows_before(plan.name);
    plan.create_state += "; " + make_temp_table(rows_before(plan.name), stand_in);
  }
  add_steps(state, texts, of.kept_whole ? std::nullopt : close, deletes ? plan.update : "", plan);
  if (!calls.has_own_types(types)) SLUICE_TRY(check_types(view, of.bound, plan.schema));
  SLUICE_TRY(note_origin(session, state, texts, plan.origin));
  if (kept != nullptr) {
    SLUICE_ASSIGN(KeptRows groups,
                  kept_groups(session, state, event_time, close && !of.kept_whole));
    groups.key_columns = key_columns(view, names, keys, plan.schema);
    kept->push_back(std::move(groups));
  }
  plan.modes = {connector::OutputMode::kComplete};
  if (!result.complete_only()) plan.modes.insert(connector::OutputMode::kUpdate);
  if (close && !result.complete_only()) {
    const std::string closed = open + " AND " + *close + " <= " + std::string(kWatermark);
    SLUICE_ASSIGN(plan.append, final(values.with_results(table.whole(closed))));
    plan.modes.insert(connector::OutputMode::kAppend);
  }
  if (keys.session() < keys.size()) {
    // A session that another one has joined would leave its row there.
    plan.modes.erase(connector::OutputMode::kUpdate);
    if (of.kept_whole) plan.modes.erase(connector::OutputMode::kAppend);
  }
  SLUICE_TRY(note_refusals(
      session, of.events, {result.complete_only(), close.has_value(), keys.session() < keys.size()},
      plan));
  plan.waits_for_watermark = close.has_value() && !of.kept_whole;
  plan.definition = plan.complete;
  // Later views bind to it; the engine puts the state in its place.
  return session.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view.name()) + " AS " +
                         stand_in);
}

}  // namespace sluice::sql
