#include "engine/upsert_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "connector/sink.h"
#include "sql/view/condition.h"

namespace sluice::engine {
namespace {

using connector::OutputMode;
using data::quote_identifier;

const std::string kDeletes(connector::kDeletesColumn);

/// As SQL compares names.
bool holds(const std::vector<std::string>& names, const std::string& name) {
  const data::Schema column({{name, data::TypeId::kBoolean}});
  return std::ranges::any_of(names, [&](const std::string& own) { return column.find(own) == 0; });
}

Status check_left_out(const connector::UpsertKey& key, const data::Schema& schema) {
  for (const std::string& name : key.leave_out) {
    if (schema.find(name) < 0) {
      return user_error("leave_out names column " + quote_identifier(name) +
                        ", which the rows do not have; they have: " + schema.to_string());
    }
    if (holds(key.columns, name)) {
      return user_error("leave_out names column " + quote_identifier(name) +
                        " of the key, by which the target finds its rows again");
    }
  }
  return {};
}

}  // namespace

bool may_delete(const SinkPart& sink, const sql::ViewPlan* view) {
  if (sink.mode != OutputMode::kUpsert) return false;
  return !sink.delete_when.sql.empty() || (view != nullptr && !view->before.empty());
}

std::string upsert_select(const std::string& rows, const SinkPart& sink,
                          const sql::ViewPlan* view) {
  if (!may_delete(sink, view)) return rows;
  const std::string& when = sink.delete_when.sql;
  const std::string changed = "SELECT *, " +
                              (when.empty() ? "false" : "coalesce((" + when + "\n), false)") +
                              " AS " + kDeletes + " FROM (" + rows + "\n)";
  if (view == nullptr || view->before.empty()) return changed;
  std::string same;
  for (const std::string& column : sink.upsert.columns) {
    const std::string name = "." + quote_identifier(column);
    same += (same.empty() ? "__b" : " AND __b") + name + " IS NOT DISTINCT FROM __changed" + name;
  }
  return "WITH __changed AS MATERIALIZED (" + changed +
         ") FROM __changed UNION ALL SELECT __b.*, true FROM (" + view->before +
         "\n) AS __b ANTI JOIN __changed ON (" + same + ")";
}

std::string whole_select(const std::string& whole, const SinkPart& sink, const sql::ViewPlan* view,
                         const std::string& before) {
  if (before.empty() && !may_delete(sink, view)) return whole;
  const std::string& when = sink.delete_when.sql;
  std::string same;
  for (const std::string& column : sink.upsert.columns) {
    const std::string name = "." + quote_identifier(column);
    same += (same.empty() ? "__b" : " AND __b") + name + " IS NOT DISTINCT FROM __all" + name;
  }
  const std::string all = "SELECT *, " +
                          (when.empty() ? "false" : "coalesce((" + when + "\n), false)") + " AS " +
                          kDeletes + " FROM (" + whole + "\n)";
  if (before.empty()) return all;
  return "WITH __all AS MATERIALIZED (" + all +
         ") FROM __all UNION ALL BY NAME SELECT *, true AS " + kDeletes + " FROM " + before +
         " AS __b ANTI JOIN __all ON (" + same + ")";
}

Status check_upsert(const SinkPart& sink, const data::Schema& schema) {
  if (sink.mode != OutputMode::kUpsert) return {};
  SLUICE_TRY(connector::check_upsert_key(schema, sink.upsert));
  SLUICE_TRY(check_left_out(sink.upsert, schema));
  if (schema.find(kDeletes) >= 0) {
    return user_error("a column named " + kDeletes +
                      " is not possible in mode upsert, which marks with it the rows that delete "
                      "their key; give it another name");
  }
  return {};
}

Status check_delete_when(sql::Session& session, const SinkPart& sink, const data::Schema& schema) {
  if (sink.delete_when.sql.empty()) return {};
  auto condition = sql::check_condition(session, schema, sink.delete_when.sql);
  if (condition) return {};
  return ConfigValue::null(sink.delete_when.location)
      .error("delete_when (" + sink.delete_when.sql + ") of sink '" + sink.name + "' " +
             condition.error().message());
}

data::Schema written_schema(const SinkPart& sink, const data::Schema& schema) {
  if (sink.upsert.leave_out.empty()) return schema;
  data::Schema written;
  for (const data::Field& field : schema.fields()) {
    if (!holds(sink.upsert.leave_out, field.name)) written.add(field);
  }
  return written;
}

}  // namespace sluice::engine
