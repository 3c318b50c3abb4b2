#include "sql/aggregate/session_steps.h"

#include <string>

#include "data/type.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;

/// "a, b, c" of what `text_of` gives for the columns from `first` to `last`; `skip` is left out.
template <class TextOf>
std::string listed(const StateTable& table, std::size_t first, std::size_t last, std::size_t skip,
                   TextOf text_of) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) {
    if (i != skip) text += (text.empty() ? "" : ", ") + text_of(table.columns()[i]);
  }
  return text;
}

std::string name_of(const StateColumn& column) { return quote_identifier(column.name); }

/// SQL of the sessions of the batch and those of the state that they may join, overlapping ones
/// numbered alike as __session.
std::string numbered_sessions(const StateTable& table, std::size_t session) {
  const std::size_t columns = table.columns().size();
  const std::string names = listed(table, 0, columns, columns, name_of);
  const std::string keys = listed(table, 0, table.keys(), session, name_of);
  const std::string window = name_of(table.columns()[session]);
  const std::string start = "struct_extract(" + window + ", 'start')";
  const std::string order = (keys.empty() ? "(" : "(PARTITION BY " + keys + " ") + "ORDER BY " +
                            start + ", struct_extract(" + window + ", 'end') ROWS BETWEEN " +
                            "UNBOUNDED PRECEDING AND ";
  const std::string sessions = "SELECT " + names + ", 0 AS __new FROM " + table.table() +
                               " AS __s WHERE EXISTS (SELECT 1 FROM " + table.partial_table() +
                               " AS __p WHERE " + table.same_key(session) + ") UNION ALL SELECT " +
                               names + ", 1 AS __new FROM " + table.partial_table();
  // A session begins where none before it reaches; touching is enough to be one.
  return "SELECT *, sum(__first) OVER " + order +
         "CURRENT ROW) AS __session FROM (SELECT *, CASE " + "WHEN " + start +
         " <= max(struct_extract(" + window + ", 'end')) OVER " + order +
         "1 PRECEDING) THEN 0 ELSE 1 END AS __first FROM (" + sessions + "))";
}

/// SQL of the sessions made one, with the state table's columns.
std::string merged_sessions(const StateTable& table, std::size_t session) {
  const std::size_t columns = table.columns().size();
  const std::string keys = listed(table, 0, table.keys(), session, name_of);
  const std::string window = name_of(table.columns()[session]);
  const bool aggregates = columns > table.keys();
  const std::string pieces = listed(table, table.keys(), columns, columns, [](const auto& column) {
    return name_of(column) + " := " + name_of(column);
  });
  const std::string merges = listed(table, table.keys(), columns, columns, [](const auto& column) {
    return name_of(column) + " := CAST(" + column.merge + " AS " + column.type + ")";
  });
  const std::string select = listed(table, 0, columns, columns, [&](const StateColumn& column) {
    const auto index = static_cast<std::size_t>(&column - table.columns().data());
    const std::string name = name_of(column);
    if (index == session) return "struct_pack(\"start\" := __start, \"end\" := __end) AS " + name;
    return index < table.keys()
               ? name
               : "struct_extract(__merged, " + data::quote_literal(column.name) + ") AS " + name;
  });
  // What was kept comes before what is new, as it arrived.
  const std::string merged =
      aggregates
          ? ", list_reduce(list(struct_pack(" + pieces + ") ORDER BY __new, struct_extract(" +
                window + ", 'start')), lambda __s, __p: struct_pack(" + merges + ")) AS __merged"
          : "";
  return "SELECT " + select + " FROM (SELECT " + (keys.empty() ? "" : keys + ", ") +
         "min(struct_extract(" + window + ", 'start')) AS __start, max(struct_extract(" + window +
         ", 'end')) AS __end" + merged + " FROM (" + numbered_sessions(table, session) +
         ") GROUP BY " + (keys.empty() ? "" : keys + ", ") + "__session)";
}

}  // namespace

std::vector<Step> session_steps(const StateTable& table, std::size_t session) {
  const std::string merged = "temp." + quote_identifier("__merged_" + table.view());
  const std::size_t columns = table.columns().size();
  const std::string names = listed(table, 0, columns, columns, name_of);
  return {
      {"CREATE OR REPLACE TEMP TABLE " + merged + " AS " + merged_sessions(table, session)},
      {"DELETE FROM " + table.table() + " AS __s WHERE EXISTS (SELECT 1 FROM " +
       table.partial_table() + " AS __p WHERE " + table.same_key(session) + ")"},
      {"INSERT INTO " + table.table() + " (" + names + ") SELECT " + names + " FROM " + merged}};
}

}  // namespace sluice::sql
