#include "lake/delta_schema.h"

#include <algorithm>
#include <cctype>
#include <set>

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

Result<std::string> type_json(const Type& type, const std::string& column);

Result<std::string> struct_json(const std::vector<Field>& fields, const std::string& column) {
  std::string list;
  for (const Field& field : fields) {
    SLUICE_ASSIGN(const std::string type,
                  type_json(field.type, column.empty() ? field.name : column + "." + field.name));
    if (!list.empty()) list += ',';
    list += JsonObject()
                .text("name", field.name)
                .raw("type", type)
                .boolean("nullable", true)
                .raw("metadata", "{}")
                .finish();
  }
  return JsonObject().text("type", "struct").raw("fields", "[" + list + "]").finish();
}

Result<std::string> type_json(const Type& type, const std::string& column) {
  const TypeId id = type.id();
  if (const std::string_view cast = cast_for(id); !cast.empty()) {
    return user_error("column " + data::quote_identifier(column) + ": " + type.to_string() +
                      " has no Delta type; cast it to " + std::string(cast) + " in the view");
  }
  if (id == TypeId::kDecimal) {
    return "\"decimal(" + std::to_string(type.width()) + "," + std::to_string(type.scale()) + ")\"";
  }
  if (id == TypeId::kStruct) return struct_json(type.children(), column);
  if (id == TypeId::kList) {
    SLUICE_ASSIGN(const std::string element,
                  type_json(type.children()[0].type, column + ".element"));
    return JsonObject()
        .text("type", "array")
        .raw("elementType", element)
        .boolean("containsNull", true)
        .finish();
  }
  if (id == TypeId::kMap) {
    SLUICE_ASSIGN(const std::string key, type_json(type.children()[0].type, column + ".key"));
    SLUICE_ASSIGN(const std::string value, type_json(type.children()[1].type, column + ".value"));
    return JsonObject()
        .text("type", "map")
        .raw("keyType", key)
        .raw("valueType", value)
        .boolean("valueContainsNull", true)
        .finish();
  }
  return json_quoted(primitive_name(id));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Without column mapping a name stands in the Parquet files, and these are what Spark refuses
/// there.
Status check_names(const std::vector<Field>& fields) {
  std::set<std::string> seen;
  for (const Field& field : fields) {
    const std::string quoted = data::quote_identifier(field.name);
    if (field.name.empty()) return user_error("a column has no name; give it one with AS");
    if (field.name.find_first_of(" ,;{}()\n\t=") != std::string::npos) {
      return user_error("column " + quoted +
                        ": Delta allows none of ' ,;{}()=', tab and newline in a name; "
                        "rename it with AS in the view");
    }
    if (!seen.insert(lower(field.name)).second) {
      return user_error("column " + quoted +
                        ": the name comes twice (Delta ignores case); rename one with AS");
    }
    if (field.type.id() == TypeId::kStruct) SLUICE_TRY(check_names(field.type.children()));
  }
  return {};
}

const Field* find_exact(const Schema& schema, std::string_view name) {
  const auto& fields = schema.fields();
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

/// JSON is text in Delta; a table read back says VARCHAR.
Type as_stored(const Type& type) {
  switch (type.id()) {
    case TypeId::kJson:
      return TypeId::kVarchar;
    case TypeId::kList:
      return Type::list(as_stored(type.children()[0].type));
    case TypeId::kMap:
      return Type::map(as_stored(type.children()[0].type), as_stored(type.children()[1].type));
    case TypeId::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type.children()) {
        fields.push_back({field.name, as_stored(field.type)});
      }
      return Type::structure(std::move(fields));
    }
    default:
      return type;
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return "[" + out + "]";
}

std::string column_difference(const Field& column, const Schema& table) {
  const std::string quoted = data::quote_identifier(column.name);
  const Field* there = find_exact(table, column.name);
  if (there == nullptr) {
    const int other = table.find(column.name);
    if (other < 0) return quoted + " is not in the table";
    return quoted + " is written " + data::quote_identifier(table[std::size_t(other)].name) +
           " in the table";
  }
  if (as_stored(column.type) == there->type) return "";
  return quoted + " is " + column.type.to_string() + " here and " + there->type.to_string() +
         " in the table";
}

bool type_has(const Type& type, TypeId id) {
  return type.id() == id || std::ranges::any_of(type.children(), [id](const Field& f) {
           return type_has(f.type, id);
         });
}

}  // namespace

Result<std::string> to_delta_json(const Schema& schema) {
  if (schema.size() == 0) return user_error("a Delta table needs at least one column");
  SLUICE_TRY(check_names(schema.fields()));
  return struct_json(schema.fields(), "");
}

bool has_timestamp_ntz(const Schema& schema) {
  return std::ranges::any_of(schema.fields(),
                             [](const Field& f) { return type_has(f.type, TypeId::kTimestamp); });
}

Status check_schema(const Schema& rows, const std::vector<std::string>& partition_by,
                    const DeltaSchema& table, const std::vector<std::string>& table_partitions) {
  std::string differences;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) differences += (differences.empty() ? "" : "; ") + text;
  };
  for (const Field& column : rows.fields()) add(column_difference(column, table.columns));
  for (const std::string& name : table.required) {
    if (find_exact(rows, name) == nullptr) {
      add(data::quote_identifier(name) + " is NOT NULL in the table and missing here");
    }
  }
  if (!differences.empty()) {
    return user_error("the view's columns do not fit the Delta table: " + differences +
                      "; change the view's SELECT (names, casts) or write to another path");
  }
  if (partition_by != table_partitions) {
    return user_error("partition_by=" + joined(partition_by) + " but the Delta table has " +
                      joined(table_partitions) + "; use the table's, or another path");
  }
  if (table.nested_required) {
    return user_error(
        "the Delta table has NOT NULL fields inside a nested column, which sluice "
        "cannot check; write to another path");
  }
  return {};
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
