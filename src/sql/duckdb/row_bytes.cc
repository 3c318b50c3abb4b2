#include "sql/duckdb/row_bytes.h"

#include "data/fixed_width.h"

namespace sluice::sql {
namespace {

using data::Field;
using data::Type;
using data::TypeId;

/// Longer texts are kept outside their 16 bytes.
constexpr const char* kInline = "12";

/// `depth` keeps the names of nested elements apart.
std::string value_bytes(const Type& type, const std::string& value, int depth) {
  if (type.id() == TypeId::kOther) return "16";
  if (const std::size_t bytes = data::fixed_width(type); bytes > 0) return std::to_string(bytes);
  if (type.id() == TypeId::kStruct) {
    std::string sum = "0";
    for (const Field& field : type.children()) {
      const std::string part =
          "struct_extract(" + value + ", " + data::quote_literal(field.name) + ")";
      sum += " + " + value_bytes(field.type, part, depth);
    }
    return "(" + sum + ")";
  }
  if (type.id() == TypeId::kList || type.id() == TypeId::kMap) {
    const bool map = type.id() == TypeId::kMap;
    const Type element = map ? Type::structure(type.children()) : type.children()[0].type;
    const std::string list = map ? "map_entries(" + value + ")" : value;
    const std::string name = "__e" + std::to_string(depth);
    return "(16 + coalesce(list_sum(list_transform(" + list + ", lambda " + name + ": " +
           value_bytes(element, name, depth + 1) + ")), 0))";
  }
  const std::string length =
      (type.id() == TypeId::kBlob ? "octet_length(" : "strlen(") + value + ")";
  return "(16 + CASE WHEN " + length + " > " + kInline + " THEN " + length + " ELSE 0 END)";
}

}  // namespace

std::string row_bytes(const data::Schema& columns) {
  std::string sum = "0";
  for (const Field& column : columns.fields()) {
    sum += " + " + value_bytes(column.type, data::quote_identifier(column.name), 0);
  }
  return sum;
}

}  // namespace sluice::sql
