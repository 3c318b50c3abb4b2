#include "sql/aggregate/aggregate_state.h"

#include <utility>

#include "base/json.h"
#include "data/type.h"
#include "sql/aggregate/value_tables.h"
#include "sql/view/state_schema.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

}  // namespace

Result<StateTable> StateTable::make(Session& session, const std::string& view,
                                    std::vector<StateColumn> keys,
                                    std::vector<StateColumn> aggregates) {
  StateTable table;
  table.view_ = view;
  SLUICE_ASSIGN(table.schema_, state_schema(session));
  table.table_ = table.schema_ + quote_identifier(view);
  table.keys_ = keys.size();
  table.columns_ = std::move(keys);
  for (StateColumn& column : aggregates) table.columns_.push_back(std::move(column));
  return table;
}

Status StateTable::find_types(Session& session, const std::string& partial) {
  SLUICE_ASSIGN(const Rows rows,
                session.query("SELECT column_type FROM (DESCRIBE " + partial + ")"));
  if (rows.values.size() != columns_.size() + 1) {
    return internal_error("the partial SELECT has other columns than the state: " + partial);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].type = rows.values[i][0].value_or("");
  return {};
}

std::vector<std::string> StateTable::aggregate_types() const {
  std::vector<std::string> types;
  for (std::size_t i = keys_; i < columns_.size(); ++i) types.push_back(columns_[i].type);
  return types;
}

std::string StateTable::shape() const {
  std::string text;
  for (const StateColumn& column : columns_) {
    text += (text.empty() ? "" : ", ") + quote_identifier(column.name) + " " + column.type;
  }
  return text;
}

std::string StateTable::create(const std::string& empty_partial) const {
  const std::string columns = columns_.empty() ? "__none INTEGER" : shape();
  std::string sql = "CREATE TABLE IF NOT EXISTS " + table_ + " (" + columns + ")";
  if (keys_ == 0) {
    sql += "; INSERT INTO " + table_ + " SELECT * EXCLUDE (__rows) FROM (" + empty_partial +
           ") WHERE NOT EXISTS (SELECT 1 FROM " + table_ + ")";
  }
  return sql;
}

std::string StateTable::same_key(std::size_t except) const {
  std::string condition;
  for (std::size_t i = 0; i < keys_; ++i) {
    if (i == except) continue;
    const std::string name = quote_identifier(columns_[i].name);
    condition +=
        (condition.empty() ? "__s." : " AND __s.") + name + " IS NOT DISTINCT FROM __p." + name;
  }
  return condition.empty() ? "true" : condition;
}

std::string StateTable::merge() const {
  std::string updates;
  std::string names;
  std::string values;
  for (const StateColumn& column : columns_) {
    const std::string name = quote_identifier(column.name);
    names += (names.empty() ? "" : ", ") + name;
    values += (values.empty() ? "__p." : ", __p.") + name;
    if (!column.merge.empty())
      updates += (updates.empty() ? "" : ", ") + name + " = " + column.merge;
  }
  return "MERGE INTO " + table_ + " AS __s USING " + partial_table() + " AS __p ON (" + same_key() +
         ")" + (updates.empty() ? "" : " WHEN MATCHED THEN UPDATE SET " + updates) +
         " WHEN NOT MATCHED THEN INSERT (" + names + ") VALUES (" + values + ")";
}

std::string StateTable::partial_table() const { return "temp." + quote_identifier(partial_name()); }

std::string StateTable::side_table(const std::string& part) const {
  return schema_ + quote_identifier(view_ + "__" + part);
}

std::string StateTable::whole(const std::string& condition) const {
  if (condition.empty()) return table_ + " AS __s";
  return "(SELECT * FROM " + table_ + where(condition) + ") AS __s";
}

std::string StateTable::changed(const std::string& condition) const {
  const std::string partial = partial_table();
  if (keys_ == 0) {
    return "(SELECT * FROM " + table_ + " WHERE EXISTS (SELECT 1 FROM " + partial +
           " WHERE __rows > 0)) AS __s";
  }
  return "(SELECT __s.* FROM " + table_ + " AS __s SEMI JOIN (SELECT * FROM " + partial +
         where(condition) + ") AS __p ON (" + same_key() + ")) AS __s";
}

std::string StateTable::stand_in() const {
  std::string select;
  for (const StateColumn& column : columns_) {
    select += (select.empty() ? "" : ", ") + ("CAST(NULL AS " + column.type + ") AS ") +
              quote_identifier(column.name);
  }
  return "(SELECT " + (select.empty() ? "1 AS __none" : select) + " WHERE false) AS __s";
}

Result<Json> parse_from(Session& session, const std::string& from) {
  SLUICE_ASSIGN(const auto text, session.call("json_serialize_sql", "SELECT * FROM " + from));
  Json answer = parse_json(text.value_or(""));
  if (!answer.is_object() || answer.value("error", true)) {
    return internal_error("FROM does not parse: " + from);
  }
  return std::move(answer["statements"][0]["node"]["from_table"]);
}

}  // namespace sluice::sql
