#include "lake/delta_schema.h"

#include <algorithm>
#include <set>

#include "base/ascii_text.h"
#include "lake/json_text.h"

namespace sluice::lake {
namespace {

using data::Field;
using data::Schema;
using data::Type;
using data::TypeId;

/// What to cast to where Delta lacks the type; empty where it has it.
std::string_view cast_for(TypeId id) {
  switch (id) {
    case TypeId::kHugeint:
      return "DECIMAL(38,0) or BIGINT";
    case TypeId::kUtinyint:
      return "SMALLINT";
    case TypeId::kUsmallint:
      return "INTEGER";
    case TypeId::kUinteger:
      return "BIGINT";
    case TypeId::kUbigint:
      return "DECIMAL(20,0) or BIGINT";
    case TypeId::kUuid:
    case TypeId::kTime:
    case TypeId::kInterval:
    case TypeId::kOther:
      return "VARCHAR";
    default:
      return "";
  }
}

std::string_view primitive_name(TypeId id) {
  switch (id) {
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
    case TypeId::kJson:
      return "string";
    case TypeId::kBlob:
      return "binary";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
      return "timestamp_ntz";
    case TypeId::kTimestampTz:
      return "timestamp";
    default:
      return "";
  }
}

Result<std::string> type_json(const Type& type, const std::string& column, ColumnNumbers* numbers);

std::string mapping_metadata(ColumnNumbers* numbers) {
  if (numbers == nullptr) return "{}";
  const int id = ++numbers->last;
  return JsonObject()
      .number("delta.columnMapping.id", id)
      .text("delta.columnMapping.physicalName", numbers->prefix + std::to_string(id))
      .finish();
}

Result<std::string> struct_json(const std::vector<Field>& fields, const std::string& column,
                                ColumnNumbers* numbers) {
  std::string list;
  for (const Field& field : fields) {
    const std::string metadata = mapping_metadata(numbers);
    SLUICE_ASSIGN(
        const std::string type,
        type_json(field.type, column.empty() ? field.name : column + "." + field.name, numbers));
    if (!list.empty()) list += ',';
    list += JsonObject()
                .text("name", field.name)
                .raw("type", type)
                .boolean("nullable", true)
                .raw("metadata", metadata)
                .finish();
  }
  return JsonObject().text("type", "struct").raw("fields", "[" + list + "]").finish();
}

Result<std::string> type_json(const Type& type, const std::string& column, ColumnNumbers* numbers) {
  const TypeId id = type.id();
  if (const std::string_view cast = cast_for(id); !cast.empty()) {
    return user_error("column " + data::quote_identifier(column) + ": " + type.to_string() +
                      " has no Delta type; cast it to " + std::string(cast) + " in the view");
  }
  if (id == TypeId::kDecimal) {
    return "\"decimal(" + std::to_string(type.width()) + "," + std::to_string(type.scale()) + ")\"";
  }
  if (id == TypeId::kStruct) return struct_json(type.children(), column, numbers);
  if (id == TypeId::kList) {
    SLUICE_ASSIGN(const std::string element,
                  type_json(type.children()[0].type, column + ".element", numbers));
    return JsonObject()
        .text("type", "array")
        .raw("elementType", element)
        .boolean("containsNull", true)
        .finish();
  }
  if (id == TypeId::kMap) {
    SLUICE_ASSIGN(const std::string key,
                  type_json(type.children()[0].type, column + ".key", numbers));
    SLUICE_ASSIGN(const std::string value,
                  type_json(type.children()[1].type, column + ".value", numbers));
    return JsonObject()
        .text("type", "map")
        .raw("keyType", key)
        .raw("valueType", value)
        .boolean("valueContainsNull", true)
        .finish();
  }
  return json_quoted(primitive_name(id));
}

/// The types inside a LIST or MAP have names of their own.
Status check_names(const std::vector<Field>& fields, bool named = true) {
  std::set<std::string> seen;
  for (const Field& field : fields) {
    const std::string quoted = data::quote_identifier(field.name);
    if (field.name.empty()) return user_error("a column has no name; give it one with AS");
    if (named && !seen.insert(lower_case(field.name)).second) {
      return user_error("column " + quoted +
                        ": the name comes twice (Delta ignores case); rename one with AS");
    }
    SLUICE_TRY(check_names(field.type.children(), field.type.id() == TypeId::kStruct));
  }
  return {};
}

std::string unusual_name(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    // What Spark refuses in a Parquet file.
    if (field.name.find_first_of(" ,;{}()\n\t=") != std::string::npos) return field.name;
    if (std::string name = unusual_name(field.type.children()); !name.empty()) return name;
  }
  return "";
}

const Field* find_exact(const Schema& schema, std::string_view name) {
  const auto& fields = schema.fields();
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

bool type_has(const Type& type, TypeId id) {
  return type.id() == id || std::ranges::any_of(type.children(), [id](const Field& f) {
           return type_has(f.type, id);
         });
}

}  // namespace

Result<std::string> to_delta_json(const Schema& schema, ColumnNumbers* numbers) {
  if (schema.size() == 0) return user_error("a Delta table needs at least one column");
  SLUICE_TRY(check_names(schema.fields()));
  return struct_json(schema.fields(), "", numbers);
}

std::string name_to_map(const Schema& schema) { return unusual_name(schema.fields()); }

bool has_timestamp_ntz(const Schema& schema) {
  return std::ranges::any_of(schema.fields(),
                             [](const Field& f) { return type_has(f.type, TypeId::kTimestamp); });
}

Status check_partition_columns(const Schema& schema, const std::vector<std::string>& partition_by) {
  std::set<std::string_view> seen;
  for (const std::string& name : partition_by) {
    const std::string quoted = data::quote_identifier(name);
    const Field* column = find_exact(schema, name);
    if (column == nullptr) {
      return user_error("partition_by: " + quoted + " is not a column of the view; it has " +
                        schema.to_string());
    }
    if (!seen.insert(name).second) return user_error("partition_by: " + quoted + " comes twice");
    const TypeId id = column->type.id();
    if (!column->type.children().empty() || id == TypeId::kBlob) {
      return user_error("partition_by: " + quoted + " is " + column->type.to_string() +
                        ", which cannot name a folder; take a number, text, date or time");
    }
  }
  if (!partition_by.empty() && seen.size() == schema.size()) {
    return user_error("partition_by names every column; leave at least one for the files");
  }
  return {};
}

}  // namespace sluice::lake
