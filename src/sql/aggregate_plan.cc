#include "sql/aggregate_plan.h"

#include <string>
#include <utility>
#include <vector>

#include "sql/aggregate_calls.h"
#include "sql/aggregate_state.h"
#include "sql/final_select.h"
#include "sql/group_keys.h"
#include "sql/select_names.h"

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

}  // namespace

Status plan_aggregate(Session& session, const ViewSql& view, const data::Schema& bound,
                      ViewPlan& plan) {
  SLUICE_ASSIGN(const SelectNames names, SelectNames::make(session, view));
  SLUICE_ASSIGN(const GroupKeys keys, GroupKeys::make(view, names, bound));
  AggregateCalls calls(session, view);
  SLUICE_ASSIGN(const FinalSelect result, FinalSelect::make(view, names, keys, bound, calls));
  SLUICE_ASSIGN(StateTable table, make_state(session, view, keys, calls));
  SLUICE_ASSIGN(plan.partial, partial_text(session, view, names, table, false));
  SLUICE_ASSIGN(const std::string empty_partial, partial_text(session, view, names, table, true));
  if (auto typed = table.find_types(session, plan.partial); !typed) {
    return view.error(view.query()["select_list"][0], typed.error().message());
  }
  plan.partial_table = table.partial_name();
  plan.create_state = table.create(empty_partial);
  plan.merge = table.merge();
  const std::vector<std::string> types = table.aggregate_types();
  SLUICE_ASSIGN(plan.complete, result.text(session, types, table.whole()));
  SLUICE_ASSIGN(plan.update, result.text(session, types, table.changed()));
  SLUICE_ASSIGN(const std::string stand_in, result.text(session, types, table.stand_in()));
  SLUICE_ASSIGN(plan.schema, session.describe(stand_in));
  if (!calls.sums_integers(types)) SLUICE_TRY(check_types(view, bound, plan.schema));
  plan.fingerprint = plan.partial + " -> " + table.shape();
  plan.modes = {connector::OutputMode::kComplete};
  if (!result.complete_only()) plan.modes.insert(connector::OutputMode::kUpdate);
  // Later views bind to it; the engine puts the state in its place.
  return session.execute("CREATE OR REPLACE TEMP VIEW " + quote_identifier(view.name()) + " AS " +
                         stand_in);
}

}  // namespace sluice::sql
