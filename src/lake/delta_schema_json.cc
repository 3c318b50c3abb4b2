#include <cstdio>

#include "base/json.h"
#include "lake/delta_schema.h"

namespace sluice::lake {
namespace {

using data::Field;
using data::StoredColumn;
using data::Type;
using data::TypeId;

/// Schemas come from a file that anybody may have written.
constexpr int kDepthMax = 64;

constexpr std::string_view kVariant = "variant";

Error not_a_schema(std::string_view what) {
  return corruption_error("the Delta table's schema cannot be read: " + std::string(what));
}

Type primitive(std::string_view name) {
  if (name == "boolean") return TypeId::kBoolean;
  if (name == "byte") return TypeId::kTinyint;
  if (name == "short") return TypeId::kSmallint;
  if (name == "integer") return TypeId::kInteger;
  if (name == "long") return TypeId::kBigint;
  if (name == "float") return TypeId::kReal;
  if (name == "double") return TypeId::kDouble;
  if (name == "string") return TypeId::kVarchar;
  if (name == "binary") return TypeId::kBlob;
  if (name == "date") return TypeId::kDate;
  if (name == "timestamp") return TypeId::kTimestampTz;
  if (name == "timestamp_ntz") return TypeId::kTimestamp;
  // Spark's type of NULL: files do not have such a column, so that it is NULL in every row.
  if (name == "void") return TypeId::kVarchar;
  if (name == kVariant) return TypeId::kJson;
  if (name == "decimal") return Type::decimal(10, 0);
  if (name.starts_with("decimal(")) {
    int width = 0;
    int scale = 0;
    if (std::sscanf(std::string(name).c_str(), "decimal(%d,%d)", &width, &scale) == 2) {
      return Type::decimal(width, scale);
    }
  }
  return Type::other(std::string(name));
}

bool is_false(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && !found->get<bool>();
}

StoredColumn stored_column(const std::string& name, const Json& field) {
  StoredColumn stored{.name = name};
  const auto metadata = field.find("metadata");
  if (metadata == field.end() || !metadata->is_object()) return stored;
  if (std::string physical = text_member(*metadata, "delta.columnMapping.physicalName");
      !physical.empty()) {
    stored.name = std::move(physical);
  }
  const auto id = metadata->find("delta.columnMapping.id");
  if (id != metadata->end() && id->is_number_integer()) stored.field_id = id->get<std::int32_t>();
  return stored;
}

class Reader {
 public:
  Result<std::vector<Field>> fields(const Json& json, int depth,
                                    std::vector<StoredColumn>& stored) {
    const auto list = json.find("fields");
    if (list == json.end() || !list->is_array()) return not_a_schema("no list of fields");
    std::vector<Field> out;
    for (const Json& item : *list) {
      const std::string name = item.is_object() ? text_member(item, "name") : "";
      if (name.empty() || !item.contains("type")) {
        return not_a_schema("a field without name or type");
      }
      if (is_false(item, "nullable")) require(name, depth);
      StoredColumn own = stored_column(name, item);
      SLUICE_ASSIGN(Type read, type(item["type"], depth + 1, own));
      out.push_back({name, std::move(read)});
      stored.push_back(std::move(own));
    }
    return out;
  }

  std::vector<std::string> required;
  bool nested_required = false;

 private:
  void require(const std::string& name, int depth) {
    if (depth == 0) required.push_back(name);
    nested_required = nested_required || depth > 0;
  }

  Result<Type> member(const Json& json, const char* key, int depth, StoredColumn& stored) {
    const auto inner = json.find(key);
    if (inner == json.end()) return not_a_schema(key);
    return type(*inner, depth + 1, stored.children.emplace_back());
  }

  /// Adds to `stored` what is inside.
  Result<Type> type(const Json& json, int depth, StoredColumn& stored) {
    if (depth > kDepthMax) return not_a_schema("nested too deeply");
    if (json.is_string()) {
      stored.is_variant = json == kVariant;
      return primitive(json.get<std::string>());
    }
    const std::string name = json.is_object() ? text_member(json, "type") : "";
    if (name.empty()) return not_a_schema("a type without name");
    if (name == "struct") {
      SLUICE_ASSIGN(std::vector<Field> children, fields(json, depth, stored.children));
      return Type::structure(std::move(children));
    }
    if (name == "array") {
      nested_required = nested_required || is_false(json, "containsNull");
      SLUICE_ASSIGN(Type child, member(json, "elementType", depth, stored));
      return Type::list(std::move(child));
    }
    if (name == "map") {
      nested_required = nested_required || is_false(json, "valueContainsNull");
      SLUICE_ASSIGN(Type key, member(json, "keyType", depth, stored));
      SLUICE_ASSIGN(Type value, member(json, "valueType", depth, stored));
      return Type::map(std::move(key), std::move(value));
    }
    return Type::other(name);
  }
};

}  // namespace

Result<DeltaSchema> from_delta_json(std::string_view json) {
  const Json root = parse_json(json);
  if (!root.is_object()) return not_a_schema("not a JSON object");
  Reader reader;
  std::vector<StoredColumn> stored;
  SLUICE_ASSIGN(std::vector<Field> fields, reader.fields(root, 0, stored));
  return DeltaSchema{data::Schema(std::move(fields)), std::move(reader.required),
                     reader.nested_required, std::move(stored)};
}

}  // namespace sluice::lake
