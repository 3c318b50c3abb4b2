#include "sql/files/text_replacements.h"

#include <set>

#include "sql/functions/decimal_function.h"

namespace sluice::sql {
namespace {

using data::quote_identifier;
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

}  // namespace sluice::sql
