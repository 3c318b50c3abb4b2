#include "sql/files/file_columns.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "data/type_holds.h"
#include "formats/json_writer.h"
#include "sql/scan/parquet_column.h"

namespace sluice::sql {
namespace {

using connector::FileColumns;
using data::Field;
using data::quote_identifier;
using data::quote_literal;
using data::Schema;
using data::StoredColumn;
using data::Type;
using data::TypeId;

std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

const Field* find(const std::vector<Field>& fields, const std::string& name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string cast(const std::string& value, const Type& type, const char* how = "CAST(") {
  return how + value + " AS " + type.to_string() + ")";
}

bool is_number(TypeId id) {
  return (id >= TypeId::kTinyint && id <= TypeId::kUbigint) || id == TypeId::kReal ||
         id == TypeId::kDouble || id == TypeId::kDecimal;
}

/// Some values of the one type are values of the other: whether one is shows when it is cast there
/// and back.
bool may_fit(const Type& to, const Type& from) {
  const bool text = to.id() == TypeId::kVarchar || from.id() == TypeId::kVarchar;
  const bool plain = to.children().empty() && from.children().empty();
  return plain && (text || (is_number(to.id()) && is_number(from.id())) ||
                   (to.id() == TypeId::kDate && from.id() == TypeId::kTimestamp));
}

std::string fits(const std::string& value, const Type& to, const Type& from) {
  const bool fraction = to.id() == TypeId::kReal || to.id() == TypeId::kDouble;
  if (fraction && from.id() == TypeId::kVarchar) {  // a number has many texts
    return "(" + value + " IS NULL OR " + cast(value, to, "TRY_CAST(") + " IS NOT NULL)";
  }
  return cast(cast(value, to, "TRY_CAST("), from, "TRY_CAST(") + " IS NOT DISTINCT FROM " + value;
}

/// The value as JSON text; NULL is NULL.
std::string json_text(const std::string& value, const Type& type) {
  if (formats::has_json(type)) return "sluice_json(" + value + ")";
  return "sluice_json(CAST(" + value + " AS VARCHAR))";
}

/// A JSON object's members, each `"name":value` or NULL for none, joined; NULL: there is none.
std::string members(const std::vector<std::string>& items) {
  return "nullif(concat_ws(',', " + listed(items) + "), '')";
}

std::string member(const std::string& name, const std::string& json) {
  return quote_literal(dump_json(Json(name)) + ":") + " || (" + json + ")";
}

/// The JSON of what is in `value` and has no place in `to` (null: no place at all); empty: all has.
std::optional<std::string> without_place(const std::string& value, const Type& from,
                                         const Type* to) {
  if (to == nullptr) return json_text(value, from);
  if (data::type_holds(*to, from)) return std::nullopt;
  if (from.id() != TypeId::kStruct || to->id() != TypeId::kStruct) {
    const std::string json = json_text(value, from);
    if (!may_fit(*to, from)) return json;
    return "CASE WHEN NOT (" + fits(value, *to, from) + ") THEN " + json + " END";
  }
  std::vector<std::string> items;
  for (const Field& field : from.children()) {
    const Field* there = find(to->children(), field.name);
    const auto json =
        without_place("struct_extract(" + value + ", " + quote_literal(field.name) + ")",
                      field.type, there == nullptr ? nullptr : &there->type);
    if (json) items.push_back(member(field.name, *json));
  }
  return "'{' || " + members(items) + " || '}'";
}

/// What of `value` has a place in `to`.
std::string with_place(const std::string& value, const Type& from, const Type& to) {
  if (to == from) return value;
  if (data::type_holds(to, from)) return cast(value, to);
  if (from.id() == TypeId::kStruct && to.id() == TypeId::kStruct) {
    std::string fields;
    for (const Field& field : to.children()) {
      const Field* there = find(from.children(), field.name);
      const std::string own = "struct_extract(" + value + ", " + quote_literal(field.name) + ")";
      fields +=
          (fields.empty() ? "" : ", ") + quote_identifier(field.name) + " := " +
          (there == nullptr ? cast("NULL", field.type) : with_place(own, there->type, field.type));
    }
    return "CASE WHEN " + value + " IS NOT NULL THEN struct_pack(" + fields + ") END";
  }
  if (from.id() == to.id()) return cast(value, to, "TRY_CAST(");  // LIST, MAP
  if (!may_fit(to, from)) return cast("NULL", to);
  return "CASE WHEN " + fits(value, to, from) + " THEN " + cast(value, to, "TRY_CAST(") + " END";
}

/// What is between the braces of the rows' own object joins the members.
std::string rescued_value(const Schema& rows, const FileColumns& columns) {
  std::vector<std::string> items;
  for (const Field& field : rows.fields()) {
    const std::string name = quote_identifier(field.name);
    if (field.name == columns.rescued) {
      const std::string own = "trim(" + cast(name, TypeId::kVarchar) + ")";
      items.push_back("nullif(trim(substr(" + own + ", 2, length(" + own + ") - 2)), '')");
      continue;
    }
    const Field* there = find(columns.schema.fields(), field.name);
    const auto json = without_place(name, field.type, there == nullptr ? nullptr : &there->type);
    if (json) items.push_back(member(field.name, *json));
  }
  if (items.empty()) return cast("NULL", TypeId::kVarchar);
  return "'{' || " + members(items) + " || '}'";
}

/// The names inside the files for those of the table, in both directions of a rename.
struct StoredType {
  Type type;
  StoredColumn back;  // from `type` to the table's names
};

StoredType stored_type(const Type& type, const StoredColumn& stored) {
  std::vector<Field> fields;
  StoredColumn back;
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    const Field& field = type.children()[i];
    StoredType inner = stored_type(field.type, stored.children.at(i));
    const bool renamed = type.id() == TypeId::kStruct;
    fields.push_back({renamed ? stored.children[i].name : field.name, std::move(inner.type)});
    inner.back.name = field.name;
    back.children.push_back(std::move(inner.back));
  }
  switch (type.id()) {
    case TypeId::kStruct:
      return {Type::structure(std::move(fields)), std::move(back)};
    case TypeId::kList:
      return {Type::list(fields[0].type), std::move(back)};
    case TypeId::kMap:
      return {Type::map(fields[0].type, fields[1].type), std::move(back)};
    default:
      return {type, {}};
  }
}

/// `value`, of the table's type, with the names that its fields have in the files.
std::string renamed(const std::string& value, const Type& type, const StoredColumn& stored) {
  const StoredType inside = stored_type(type, stored);
  // Reading turns stored names into the table's; with the two exchanged it turns them back.
  return parquet_column(inside.type, &inside.back, value, false).value;
}

std::string ids_of(const Type& type, const StoredColumn& stored) {
  std::string text;
  const auto add = [&text](const std::string& item) { text += (text.empty() ? "" : ", ") + item; };
  const bool own = stored.field_id >= 0;
  if (type.children().empty()) return own ? std::to_string(stored.field_id) : "";
  if (own) add("__duckdb_field_id: " + std::to_string(stored.field_id));
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    const Field& field = type.children()[i];
    const std::string inner = ids_of(field.type, stored.children.at(i));
    if (inner.empty()) continue;
    const bool named = type.id() == TypeId::kStruct;
    add(quote_identifier(named ? stored.children[i].name : field.name) + ": " + inner);
  }
  return text.empty() ? "" : "{" + text + "}";
}

}  // namespace

FileColumns filled_columns(const FileColumns& columns, const Schema& rows) {
  FileColumns out;
  out.rescued = columns.rescued;
  for (std::size_t i = 0; i < columns.schema.size(); ++i) {
    const Field& field = columns.schema[i];
    if (find(rows.fields(), field.name) == nullptr && field.name != columns.rescued) continue;
    out.schema.add(field);
    if (!columns.stored.empty()) out.stored.push_back(columns.stored[i]);
  }
  return out;
}

std::string file_select(const std::string& select, const Schema& rows, const FileColumns& columns) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < columns.schema.size(); ++i) {
    const Field& field = columns.schema[i];
    const std::string name = quote_identifier(field.name);
    std::string value = field.name == columns.rescued
                            ? rescued_value(rows, columns)
                            : with_place(name, find(rows.fields(), field.name)->type, field.type);
    const bool stored = !columns.stored.empty();
    if (stored) value = renamed(value, field.type, columns.stored[i]);
    items.push_back(value + " AS " +
                    quote_identifier(stored ? columns.stored[i].name : field.name));
  }
  return "SELECT " + listed(items) + " FROM (" + select + "\n)";
}

std::vector<std::string> stored_names(const std::vector<std::string>& names,
                                      const FileColumns& columns) {
  std::vector<std::string> out = names;
  if (columns.stored.empty()) return out;
  for (std::string& name : out) {
    const auto& fields = columns.schema.fields();
    const auto found = std::ranges::find(fields, name, &Field::name);
    if (found == fields.end()) continue;
    name = columns.stored[static_cast<std::size_t>(found - fields.begin())].name;
  }
  return out;
}

std::string field_ids(const FileColumns& columns, const std::vector<std::string>& without) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < columns.stored.size(); ++i) {
    const Field& field = columns.schema[i];
    const StoredColumn& stored = columns.stored[i];
    if (std::ranges::find(without, stored.name) != without.end()) continue;
    const std::string ids = ids_of(field.type, stored);
    if (!ids.empty()) items.push_back(quote_identifier(stored.name) + ": " + ids);
  }
  return items.empty() ? "" : "{" + listed(items) + "}";
}

}  // namespace sluice::sql
