#include "connectors/console/schema_tree.h"

#include <algorithm>

namespace sluice::connectors {
namespace {

using data::TypeId;

std::string spark_name(const data::Type& type) {
  switch (type.id()) {
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
    case TypeId::kVarchar:
      return "string";
    case TypeId::kBlob:
      return "binary";
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
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

void append_field(std::string& out, const std::string& indent, const std::string& name,
                  const data::Type& type, const char* may_be_null);

void append_children(std::string& out, const std::string& indent, const data::Type& type) {
  const auto& children = type.children();
  switch (type.id()) {
    case TypeId::kList:
      return append_field(out, indent, "element", children[0].type, " (containsNull = true)");
    case TypeId::kMap:
      append_field(out, indent, "key", children[0].type, "");
      return append_field(out, indent, "value", children[1].type, " (valueContainsNull = true)");
    default:
      for (const data::Field& field : children) {
        append_field(out, indent, field.name, field.type, " (nullable = true)");
      }
  }
}

void append_field(std::string& out, const std::string& indent, const std::string& name,
                  const data::Type& type, const char* may_be_null) {
  out += indent + "-- " + name + ": " + spark_name(type) + may_be_null + "\n";
  append_children(out, indent + "    |", type);
}

}  // namespace

std::string schema_tree(const data::Schema& schema) {
  std::string text = "root\n";
  for (const data::Field& field : schema.fields()) {
    append_field(text, " |", field.name, field.type, " (nullable = true)");
  }
  return text;
}

}  // namespace sluice::connectors
