#include "sql/aggregate/value_tables.h"

#include "data/type.h"
#include "sql/view/event_time.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

void append(std::string& list, std::string_view separator, std::string_view text) {
  if (!list.empty()) list += separator;
  list += text;
}

std::string all_results(const ValueSet& set) {
  std::string list;
  for (const ValueResult& result : set.results) {
    append(list, ", ", result.text + " AS " + quote_identifier(result.name));
  }
  return list;
}

}  // namespace

std::string where(const std::string& condition) {
  return condition.empty() ? "" : " WHERE " + condition;
}

std::string group_by(const GroupKeys& keys, const std::string& prefix) {
  const auto listed = [&](const std::vector<std::size_t>& set) {
    std::string list;
    for (const std::size_t key : set) {
      append(list, ", ", prefix + quote_identifier(keys.name(key)));
    }
    return list;
  };
  if (keys.size() == 0) return "";
  if (keys.sets().empty()) {
    std::vector<std::size_t> all(keys.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return " GROUP BY " + listed(all);
  }
  std::string sets;
  for (const std::vector<std::size_t>& set : keys.sets())
    append(sets, ", ", "(" + listed(set) + ")");
  return " GROUP BY GROUPING SETS (" + sets + ")";
}

std::string grouping_of_all(const GroupKeys& keys) {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) append(list, ", ", quote_identifier(keys.name(i)));
  return "GROUPING(" + list + ")";
}

std::vector<std::string> ValueTables::names() const {
  std::vector<std::string> names;
  for (const ValueSet& set : calls_.sets()) names.push_back(table_.view() + "__" + set.part);
  return names;
}

std::string ValueTables::name(const ValueSet& set) const { return table_.side_table(set.part); }

/// The keys' columns, then those of the values.
std::string ValueTables::columns(const ValueSet& set) const {
  std::string list;
  for (std::size_t i = 0; i < keys_.size(); ++i)
    append(list, ", ", quote_identifier(keys_.name(i)));
  for (const std::string& column : set.columns) append(list, ", ", column);
  return list;
}

std::string ValueTables::create() const {
  std::string sql;
  for (const ValueSet& set : calls_.sets()) {
    std::string list = columns(set);
    if (!set.distinct) append(list, ", ", "CAST(0 AS BIGINT) AS __seq");
    sql += "; CREATE TABLE IF NOT EXISTS " + name(set) + " AS SELECT " + list + " FROM " +
           calls_.input().table() + " LIMIT 0";
  }
  return sql;
}

/// Condition over the batch's input.
std::string ValueTables::kept(const ValueSet& set, const std::string& late) const {
  std::string condition = set.condition.empty() ? "" : "(" + set.condition + ")";
  if (!late.empty()) append(condition, " AND ", "(" + late + ") IS NOT TRUE");
  return condition;
}

std::vector<Step> ValueTables::insert(const std::string& late) const {
  std::vector<Step> steps;
  for (const ValueSet& set : calls_.sets()) {
    if (set.distinct) {
      steps.push_back({insert_distinct(set, late)});
      continue;
    }
    std::string list = columns(set);
    append(list, ", ", "(SELECT coalesce(max(__seq) + 1, 0) FROM " + name(set) + ") + rowid");
    steps.push_back({"INSERT INTO " + name(set) + " SELECT " + list + " FROM " +
                     calls_.input().table() + where(kept(set, late))});
  }
  return steps;
}

/// The values that are not there yet.
std::string ValueTables::insert_distinct(const ValueSet& set, const std::string& late) const {
  std::string same;
  const auto compare = [&same](const std::string& column) {
    append(same, " AND ", "__s." + column + " IS NOT DISTINCT FROM __p." + column);
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) compare(quote_identifier(keys_.name(i)));
  for (const std::string& column : set.columns) compare(column);
  return "INSERT INTO " + name(set) + " SELECT * FROM (SELECT DISTINCT " + columns(set) + " FROM " +
         calls_.input().table() + where(kept(set, late)) +
         ") AS __p WHERE NOT EXISTS (SELECT 1 FROM " + name(set) + " AS __s WHERE " + same + ")";
}

/// Condition: row `v` of a side table is in the group `s` of the state.
std::string ValueTables::belongs() const {
  std::string condition;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::string key = quote_identifier(keys_.name(i));
    append(condition, " AND ",
           i == keys_.session()
               ? "struct_extract(__v." + key + ", 'start') >= struct_extract(__s." + key +
                     ", 'start') AND struct_extract(__v." + key +
                     ", 'end') <= struct_extract(__s." + key + ", 'end')"
               : "__s." + key + " IS NOT DISTINCT FROM __v." + key);
  }
  return condition.empty() ? "true" : condition;
}

std::vector<std::string> ValueTables::evict(const std::string& close) const {
  std::vector<std::string> statements;
  for (const ValueSet& set : calls_.sets()) {
    std::string sql =
        "DELETE FROM " + name(set) + " AS __v WHERE " + close + " <= " + std::string(kWatermark);
    if (keys_.session() < keys_.size()) {
      // The session may have gone on after this row.
      sql +=
          " AND NOT EXISTS (SELECT 1 FROM " + table_.table() + " AS __s WHERE " + belongs() + ")";
    }
    statements.push_back(std::move(sql));
  }
  return statements;
}

/// SELECT of the keys of groups and their results.
std::string ValueTables::aggregated(const ValueSet& set, const std::string& from) const {
  const bool sets = !keys_.sets().empty();
  std::string list;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    append(list, ", ", (sets ? "" : "__s.") + quote_identifier(keys_.name(i)));
  }
  if (sets) append(list, ", ", grouping_of_all(keys_) + " AS __grouping");
  append(list, ", ", all_results(set));
  if (sets) return "SELECT " + list + " FROM " + name(set) + " AS __v" + group_by(keys_, "");
  return "SELECT " + list + " FROM " + from + " INNER JOIN " + name(set) + " AS __v ON (" +
         belongs() + ")" + group_by(keys_, "__s.");
}

std::string ValueTables::with_results(const std::string& from) const {
  if (empty()) return from;
  std::string list = "__s.*";
  std::string joins;
  std::size_t number = 0;
  for (const ValueSet& set : calls_.sets()) {
    const std::string alias = "__v" + std::to_string(++number);
    std::string same;
    for (std::size_t i = 0; i < table_.keys(); ++i) {
      const std::string key = quote_identifier(table_.columns()[i].name);
      append(same, " AND ", "__s." + key + " IS NOT DISTINCT FROM " + alias + "." + key);
    }
    for (const ValueResult& result : set.results) {
      append(list, ", ", alias + "." + quote_identifier(result.name));
    }
    joins += " LEFT JOIN (" + aggregated(set, from) + ") AS " + alias + " ON (" +
             (same.empty() ? "true" : same) + ")";
  }
  return "(SELECT " + list + " FROM " + from + joins + ") AS __s";
}

std::string ValueTables::with_no_results(const std::string& from) const {
  if (empty()) return from;
  std::string list;
  for (const ValueSet& set : calls_.sets()) append(list, ", ", all_results(set));
  return "(SELECT __s.*, __v.* FROM " + from + " CROSS JOIN (SELECT " + list +
         " FROM (SELECT *, CAST(0 AS BIGINT) AS __seq FROM " + calls_.input().table() +
         ") AS __v) AS __v) AS __s";
}

Status ValueTables::find_types(Session& session, std::vector<std::string>& types) const {
  if (empty()) return {};
  std::string list;
  for (const ValueSet& set : calls_.sets()) append(list, ", ", all_results(set));
  SLUICE_ASSIGN(const Rows rows, session.query("SELECT column_type FROM (DESCRIBE SELECT " + list +
                                               " FROM (SELECT *, CAST(0 AS BIGINT) AS __seq FROM " +
                                               calls_.input().table() + ") AS __v)"));
  for (const auto& row : rows.values) types.push_back(row[0].value_or(""));
  return {};
}

Result<std::string> ValueTables::shape(Session& session) const {
  std::string text;
  for (const ValueSet& set : calls_.sets()) {
    std::string list = columns(set);
    append(list, ", ", "1 AS __one");
    SLUICE_ASSIGN(const auto types,
                  session.value("SELECT string_agg(column_name || ' ' || column_type, ', ') FROM "
                                "(DESCRIBE SELECT " +
                                list + " FROM " + calls_.input().table() + ")"));
    text += "; " + set.part + " (" + types.value_or("") + ")" + where(set.condition);
  }
  return text;
}

}  // namespace sluice::sql
