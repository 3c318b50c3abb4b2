#include "sql/files/text_replacements.h"

#include <set>

#include "base/json.h"
#include "formats/json_writer.h"
#include "sql/functions/decimal_function.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;
using data::quote_literal;
using data::TypeId;

/// Names that DuckDB takes for one are equal.
std::string lower(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name;
}

std::string csv_text(const data::Field& field) {
  const std::string name = quote_identifier(field.name);
  if (has_fast_text(field.type)) return "sluice_decimal_text(" + name + ")";
  if (field.type.id() != TypeId::kReal && field.type.id() != TypeId::kDouble) return "";
  return "CASE WHEN " + name + " IS NULL OR isfinite(" + name + ") THEN CAST(" + name +
         " AS VARCHAR) WHEN isnan(" + name + ") THEN 'NaN' WHEN " + name +
         " > 0 THEN 'Infinity' ELSE '-Infinity' END";
}

/// A value that sluice_json_line takes.
std::string json_value(const std::string& column, const data::Type& type) {
  if (formats::has_json(type)) return column;
  return type.id() == TypeId::kOther ? "CAST(" + column + " AS VARCHAR)"
                                     : "system.main.to_json(" + column + ")";
}

}  // namespace

std::string csv_rows(const std::string& select, const data::Schema& schema) {
  std::string texts;
  std::set<std::string> names;
  for (const data::Field& field : schema.fields()) {
    // A subquery would give the second of two columns of a name another one.
    if (!names.insert(lower(field.name)).second) return select;
    const std::string text = csv_text(field);
    if (text.empty()) continue;
    texts += (texts.empty() ? "" : ", ") + text + " AS " + quote_identifier(field.name);
  }
  if (texts.empty()) return select;
  return "SELECT * REPLACE (" + texts + ") FROM (" + select + "\n)";
}

std::string json_rows(const std::string& select, const data::Schema& schema, bool offsets) {
  nlohmann::json names = nlohmann::json::array();
  std::string columns;
  std::string values;
  for (const data::Field& field : schema.fields()) {
    const std::string column = "c" + std::to_string(names.size());
    names.push_back(field.name);
    columns += (columns.empty() ? "" : ", ") + column;
    const bool naive = !offsets && field.type.id() == TypeId::kTimestampTz;
    values += ", " + (naive ? "CAST(" + column + " AS TIMESTAMP)" : json_value(column, field.type));
  }
  return "SELECT sluice_json_line(" + quote_literal(dump_json(names)) + values + ") FROM (" +
         select + "\n) AS sluice_rows(" + columns + ")";
}

}  // namespace sluice::sql
