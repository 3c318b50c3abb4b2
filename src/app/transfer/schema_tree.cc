#include "app/transfer/schema_tree.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace sluice::app {
namespace {

using data::TypeId;

/// Spark's name, without what is inside.
std::string spark_name(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kTinyint:
      return "byte";
    case TypeId::kSmallint:
      return "short";
    case TypeId::kInteger:
      return "integer";
    case TypeId::kBigint:
      return "long";
    case TypeId::kReal:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kVarchar:
      return "string";
    case TypeId::kBlob:
      return "binary";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
      return "timestamp_ntz";
    case TypeId::kTimestampTz:
      return "timestamp";
    case TypeId::kStruct:
      return "struct";
    case TypeId::kList:
      return "array";
    case TypeId::kMap:
      return "map";
    default:
      break;
  }
  std::string name = type.to_string();
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

void add_inside(const data::Type& type, const std::string& prefix, std::string& out);

/// `note`: what is said of NULLs, "" of a map's keys, which are never NULL.
void add_line(const data::Field& field, const std::string& prefix, const std::string& note,
              std::string& out) {
  out += prefix + "-- " + field.name + ": " + spark_name(field.type);
  if (!note.empty()) out += " (" + note + " = true)";
  out += '\n';
  add_inside(field.type, prefix + "    |", out);
}

void add_inside(const data::Type& type, const std::string& prefix, std::string& out) {
  const std::vector<data::Field>& children = type.children();
  if (type.id() == TypeId::kStruct) {
    for (const data::Field& field : children) add_line(field, prefix, "nullable", out);
  } else if (type.id() == TypeId::kList) {
    add_line({"element", children[0].type}, prefix, "containsNull", out);
  } else if (type.id() == TypeId::kMap) {
    add_line({"key", children[0].type}, prefix, "", out);
    add_line({"value", children[1].type}, prefix, "valueContainsNull", out);
  }
}

}  // namespace

std::string schema_tree(const data::Schema& schema) {
  std::string text = "root\n";
  for (const data::Field& field : schema.fields()) add_line(field, " |", "nullable", text);
  return text;
}

}  // namespace sluice::app
