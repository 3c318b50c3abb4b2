#include "sql/text_replacements.h"

#include <algorithm>
#include <set>

#include "sql/decimal_function.h"

namespace sluice::sql {
namespace {

using connector::FileFormat;
using data::quote_identifier;
using data::TypeId;

/// Names that DuckDB takes for one are equal.
std::string lower(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return name;
}

bool holds_bytes(const data::Type& type) {
  return type.id() == TypeId::kBlob ||
         std::ranges::any_of(type.children(),
                             [](const data::Field& child) { return holds_bytes(child.type); });
}

/// `depth` tells the variables of nested lists apart.
std::string base64_inside(const std::string& value, const data::Type& type, int depth) {
  if (!holds_bytes(type)) return value;
  if (type.id() == TypeId::kBlob) return "to_base64(" + value + ")";
  const std::string item = "sluice_item_" + std::to_string(depth);
  if (type.id() == TypeId::kList) {
    return "list_transform(" + value + ", lambda " + item + ": " +
           base64_inside(item, type.children()[0].type, depth + 1) + ")";
  }
  if (type.id() == TypeId::kMap) {
    return "map_from_entries(list_transform(map_entries(" + value + "), lambda " + item +
           ": struct_pack(k := " +
           base64_inside(item + ".key", type.children()[0].type, depth + 1) +
           ", v := " + base64_inside(item + ".value", type.children()[1].type, depth + 1) + ")))";
  }
  std::string fields;
  for (const data::Field& field : type.children()) {
    const std::string name = quote_identifier(field.name);
    fields += (fields.empty() ? "" : ", ") + name +
              " := " + base64_inside("(" + value + ")." + name, field.type, depth);
  }
  return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack(" + fields + ") END";
}

std::string replacement(FileFormat format, const data::Field& field) {
  const std::string name = quote_identifier(field.name);
  if (format == FileFormat::kCsv && has_fast_text(field.type)) {
    return "sluice_decimal_text(" + name + ")";
  }
  if (format == FileFormat::kJsonLines && holds_bytes(field.type)) {
    return with_base64(name, field.type);
  }
  return "";
}

}  // namespace

std::string with_base64(const std::string& value, const data::Type& type) {
  return base64_inside(value, type, 0);
}

std::string text_replacements(const connector::FileRequest& request, const data::Schema& schema) {
  std::string texts;
  std::set<std::string> names;
  for (const data::Field& field : schema.fields()) {
    // A subquery would give the second of two columns of a name another one.
    if (!names.insert(lower(field.name)).second) return "";
    if (std::ranges::count(request.partition_by, lower(field.name), lower) > 0) continue;
    const std::string text = replacement(request.format, field);
    if (text.empty()) continue;
    texts += (texts.empty() ? "" : ", ") + text + " AS " + quote_identifier(field.name);
  }
  return texts.empty() ? "" : " REPLACE (" + texts + ")";
}

}  // namespace sluice::sql
