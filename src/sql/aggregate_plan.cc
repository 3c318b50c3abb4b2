#include "sql/aggregate_plan.h"

#include <string>
#include <utility>
#include <vector>

#include "sql/aggregate_calls.h"
#include "sql/aggregate_state.h"
#include "sql/final_select.h"
#include "sql/group_keys.h"
#include "sql/select_names.h"
#include "sql/session_steps.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// The inner half: FROM, WHERE, GROUP BY, and what the state needs of the rows.
Result<std::string> partial_text(Session& session, const ViewSql& view, const SelectNames& names,
                                 const StateTable& table, bool no_rows) {
  std::vector<std::string> texts;
  for (const StateColumn& column : table.columns()) {
    texts.push_back(column.partial + " AS " + quote_identifier(column.name));
  }
  texts.emplace_back("count(*) AS __rows");
  Json select = view.query();
  SLUICE_ASSIGN(select["select_list"], parse_expressions(session, texts));
  select["where_clause"] = names.expand(std::move(select["where_clause"]));
  if (no_rows) {
    SLUICE_ASSIGN(const std::vector<Json> never, parse_expressions(session, {"false"}));
    select["where_clause"] = never[0];
  }
  std::vector<std::string> ordinals;
  Json group = Json::array();
  for (std::size_t i = 0; i < table.keys(); ++i) {
    ordinals.push_back(std::to_string(i + 1));
    group.push_back(i);
  }
  select["group_expressions"] = select["group_sets"] = select["modifiers"] = Json::array();
  if (table.keys() > 0) {
    SLUICE_ASSIGN(select["group_expressions"], parse_expressions(session, ordinals));
    select["group_sets"].push_back(std::move(group));
  }
  select["having"] = select["qualify"] = nullptr;
  select["aggregate_handling"] = "STANDARD_HANDLING";
  return query_text(session, std::move(select));
}

/// A SELECT that was taken apart and put together again must give what it gave before.
Status check_types(const ViewSql& view, const data::Schema& bound, const data::Schema& schema) {
  if (schema == bound) return {};
  return internal_error("view " + view.name() + ": columns changed in planning from (" +
                        bound.to_string() + ") to (" + schema.to_string() + ")");
}

Result<StateTable> make_state(Session& session, const ViewSql& view, const GroupKeys& keys,
                              const AggregateCalls& calls) {
  std::vector<StateColumn> columns;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    SLUICE_ASSIGN(std::string text, expression_text(session, keys.expression(i)));
    columns.push_back({keys.name(i), std::move(text), "", ""});
  }
  return StateTable::make(session, view.name(), std::move(columns), calls.columns());
}

/// The close_of() the first key that is event time, or null.
std::optional<std::string> find_close(Session& session, const EventScope& events,
                                      const GroupKeys& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto close = events.close_of(session, keys.expression(i), quote_identifier(keys.name(i)));
    if (close) return close;
  }
  return std::nullopt;
}

std::string sum_of_rows(const std::string& table, const std::string& condition) {
  return "SELECT sum(__rows) FROM " + table + (condition.empty() ? "" : " WHERE " + condition);
}

/// What the state does in a batch. `close` as of find_close, null when nothing is given up;
/// `session` as of GroupKeys.
void add_steps(const StateTable& table, const std::string& partial,
               const std::optional<std::string>& close, std::size_t session, ViewPlan& plan) {
  const std::string rows = table.partial_table();
  plan.fold = {
      {"CREATE OR REPLACE TEMP TABLE " + quote_identifier(table.partial_name()) + " AS " + partial},
      {sum_of_rows(rows, ""), Step::Counts::kRows}};
  if (close) {
    const std::string late = *close + " <= " + std::string(kLateBefore);
    plan.fold.push_back({sum_of_rows(rows, late), Step::Counts::kLate});
    plan.fold.push_back({"DELETE FROM " + rows + " WHERE " + late});
    plan.evict = {"DELETE FROM " + table.table() + " WHERE " + *close +
                  " <= " + std::string(kWatermark)};
  }
  if (session == table.keys()) {
    plan.fold.push_back({table.merge()});
    return;
  }
  for (Step& step : session_steps(table, session)) plan.fold.push_back(std::move(step));
}

}  // namespace

Status plan_aggregate(Session& session, const StatefulView& of, ViewPlan& plan) {
  const ViewSql& view = of.sql;
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session, view));
  SLUICE_ASSIGN(const GroupKeys keys, GroupKeys::make(view, names, of.bound));
  AggregateCalls calls(session, view);
  SLUICE_ASSIGN(const FinalSelect result, FinalSelect::make(view, names, keys, of.bound, calls));
  SLUICE_ASSIGN(StateTable table, make_state(session, view, keys, calls));
  SLUICE_ASSIGN(const std::string partial, partial_text(session, view, names, table, false));
  SLUICE_ASSIGN(const std::string empty_partial, partial_text(session, view, names, table, true));
  if (auto typed = table.find_types(session, partial); !typed) {
    return view.error(view.query()["select_list"][0], typed.error().message());
  }
  const std::optional<std::string> close = find_close(session, of.events, keys);
  plan.state_tables = {view.name()};
  // The partial result is there from the start, so that views over it bind.
  plan.create_state = table.create(empty_partial) + "; CREATE OR REPLACE TEMP TABLE " +
                      quote_identifier(table.partial_name()) + " AS " + empty_partial;
  add_steps(table, partial, of.kept_whole ? std::nullopt : close, keys.session(), plan);
  const std::vector<std::string> types = table.aggregate_types();
  SLUICE_ASSIGN(plan.complete, result.text(session, types, table.whole()));
  const std::string open = close ? *close + " > " + std::string(kLateBefore) : "";
  SLUICE_ASSIGN(plan.update, result.text(session, types, table.changed(open)));
  SLUICE_ASSIGN(const std::string stand_in, result.text(session, types, table.stand_in()));
  SLUICE_ASSIGN(plan.schema, session.describe(stand_in));
  if (!calls.has_own_types(types)) SLUICE_TRY(check_types(view, of.bound, plan.schema));
  plan.fingerprint = partial + " -> " + table.shape();
  plan.modes = {connector::OutputMode::kComplete};
  if (!result.complete_only()) plan.modes.insert(connector::OutputMode::kUpdate);
  if (close && !result.complete_only()) {
    const std::string closed = open + " AND " + *close + " <= " + std::string(kWatermark);
    SLUICE_ASSIGN(plan.append, result.text(session, types, table.whole(closed)));
    plan.modes.insert(connector::OutputMode::kAppend);
  }
  if (keys.session() < keys.size()) {
    // A session that another one has joined would leave its row behind.
    plan.modes.erase(connector::OutputMode::kUpdate);
    if (of.kept_whole) plan.modes.erase(connector::OutputMode::kAppend);
  }
  plan.waits_for_watermark = close.has_value() && !of.kept_whole;
  plan.definition = plan.complete;
  // Later views bind to it; the engine puts the state in its place.
  return session.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view.name()) + " AS " +
                         stand_in);
}

}  // namespace sluice::sql
