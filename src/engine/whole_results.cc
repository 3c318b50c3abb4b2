// Also what BatchSql gives sinks after a rebuild (rebuild.h): see batch_sql.h.
#include "engine/whole_results.h"

#include <algorithm>
#include <ranges>

#include "base/log.h"
#include "engine/batch_sql.h"
#include "engine/upsert_rows.h"
#include "state/position.h"

namespace sluice::engine {

using connector::OutputMode;
using data::Field;
using data::quote_identifier;

namespace {

/// SQL of the columns of `was` as `is` has them: NULL where they cannot be.
std::string columns_as(const data::Schema& was, const data::Schema& is) {
  std::string columns;
  for (const Field& field : is.fields()) {
    const std::string name = quote_identifier(field.name);
    columns += (columns.empty() ? "" : ", ") + std::string("TRY_CAST(") +
               (was.find(field.name) < 0 ? "NULL" : name) + " AS " + field.type.to_string() +
               ") AS " + name;
  }
  return columns;
}

}  // namespace

WholeResults whole_results_due(const Pipeline& pipeline, const sql::Plan& plan,
                               const WholeResults& noted) {
  WholeResults due;
  for (const auto& [name, has_before] : noted) {
    const std::string subject = "sink '" + name + "' is to get the whole result since the rebuild";
    const auto sink = std::ranges::find(pipeline.sinks, name, &SinkPart::name);
    if (sink == pipeline.sinks.end()) {
      log_warn(subject +
               ", and is not in the pipeline file any more: its target keeps rows of the "
               "result before until the sink is back");
      continue;
    }
    due[name] = has_before;
    if (takes_whole(*sink, plan, due)) continue;
    log_warn(subject + ", and cannot take it in mode " +
             std::string(connector::output_mode_name(sink->mode)) + " from '" + sink->from +
             "': what was written stays, and rows come from now on");
  }
  return due;
}

bool takes_whole(const SinkPart& sink, const sql::Plan& plan, const WholeResults& due) {
  return sink.mode != OutputMode::kAppend && due.contains(sink.name) &&
         plan.find(sink.from) != nullptr && has_whole(plan, sink.from);
}

std::string key_that_differs(const SinkPart& sink, const data::Schema& was,
                             const data::Schema& is) {
  for (const std::string& key : sink.upsert.columns) {
    const int before = was.find(key);
    const int now = is.find(key);
    if (before < 0 || now < 0 ||
        was[static_cast<std::size_t>(before)].type != is[static_cast<std::size_t>(now)].type) {
      return key;
    }
  }
  return "";
}

bool has_whole(const sql::Plan& plan, const std::string& view) {
  const sql::ViewPlan* const planned = plan.find(view);
  if (planned == nullptr) return plan.tables.contains(view);
  if (planned->modes.contains(OutputMode::kComplete)) return true;
  return !planned->has_state() && !planned->inputs.empty() &&
         std::ranges::all_of(planned->inputs,
                             [&](const std::string& input) { return has_whole(plan, input); });
}

std::string whole_rows(const sql::Plan& plan, const std::string& view) {
  const sql::ViewPlan& planned = *plan.find(view);
  return planned.rows(planned.modes.contains(OutputMode::kComplete) ? OutputMode::kComplete
                                                                    : OutputMode::kUpdate);
}

Status BatchSql::read_whole(const WholeResults& sinks, bool whole) {
  std::set<std::string> read;
  for (const SinkPart& sink : pipeline_.sinks) {
    if (takes_whole(sink, plan_, sinks) && sink.mode != OutputMode::kComplete) {
      read.insert(sink.from);
    }
  }
  for (const sql::ViewPlan& view : std::views::reverse(plan_.views)) {
    if (!read.contains(view.name) || view.modes.contains(OutputMode::kComplete)) continue;
    read.insert(view.inputs.begin(), view.inputs.end());
    // The planner's: what has changed in a result.
    const sql::ViewPlan* const result =
        view.inputs.size() == 1 ? plan_.find(view.inputs.front()) : nullptr;
    if (result == nullptr || view.definition.empty() || view.has_state() ||
        !result->modes.contains(OutputMode::kComplete)) {
      continue;
    }
    const std::string name =
        graph_->materialised(view.name) ? select_name(view.name) : quote_identifier(view.name);
    SLUICE_TRY(session_.execute("CREATE OR REPLACE TEMP VIEW " + name + " AS " +
                                (whole ? result->rows(OutputMode::kComplete) : view.definition)));
  }
  return {};
}

Result<std::unique_ptr<connector::BatchTable>> BatchSql::whole_rows_for(const SinkPart& sink,
                                                                        const WholeResults& sinks) {
  const sql::ViewPlan* const view = plan_.find(sink.from);
  std::string before;
  if (sink.mode == OutputMode::kUpsert && sinks.at(sink.name)) {
    const std::string table = state::before_table(sink.name);
    SLUICE_ASSIGN(const data::Schema was, session_.describe("SELECT * FROM " + table));
    const std::string key = key_that_differs(sink, was, view->schema);
    if (key.empty()) {
      before = "(SELECT " + columns_as(was, view->schema) + " FROM " + table + ")";
    } else {
      log_warn("sink '" + sink.name +
               "': rows that were written before the rebuild have another '" + key +
               "', a column of the key, and are not deleted");
    }
  }
  return sql::make_batch_table(session_,
                               whole_select(whole_rows(plan_, sink.from), sink, view, before));
}

}  // namespace sluice::engine
