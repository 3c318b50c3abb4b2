#include "sql/duckdb/duckdb_type.h"

#include <array>
#include <utility>
#include <vector>

#include "base/check.h"

namespace sluice::sql {
namespace {

using data::TypeId;

/// The types that have no parameters, in both worlds.
constexpr std::array<std::pair<TypeId, duckdb_type>, 20> kPlainTypes = {{
    {TypeId::kBoolean, DUCKDB_TYPE_BOOLEAN},
    {TypeId::kTinyint, DUCKDB_TYPE_TINYINT},
    {TypeId::kSmallint, DUCKDB_TYPE_SMALLINT},
    {TypeId::kInteger, DUCKDB_TYPE_INTEGER},
    {TypeId::kBigint, DUCKDB_TYPE_BIGINT},
    {TypeId::kHugeint, DUCKDB_TYPE_HUGEINT},
    {TypeId::kUtinyint, DUCKDB_TYPE_UTINYINT},
    {TypeId::kUsmallint, DUCKDB_TYPE_USMALLINT},
    {TypeId::kUinteger, DUCKDB_TYPE_UINTEGER},
    {TypeId::kUbigint, DUCKDB_TYPE_UBIGINT},
    {TypeId::kReal, DUCKDB_TYPE_FLOAT},
    {TypeId::kDouble, DUCKDB_TYPE_DOUBLE},
    {TypeId::kVarchar, DUCKDB_TYPE_VARCHAR},
    {TypeId::kBlob, DUCKDB_TYPE_BLOB},
    {TypeId::kUuid, DUCKDB_TYPE_UUID},
    {TypeId::kDate, DUCKDB_TYPE_DATE},
    {TypeId::kTime, DUCKDB_TYPE_TIME},
    {TypeId::kTimestamp, DUCKDB_TYPE_TIMESTAMP},
    {TypeId::kTimestampTz, DUCKDB_TYPE_TIMESTAMP_TZ},
    {TypeId::kInterval, DUCKDB_TYPE_INTERVAL},
}};

TypeHandle make_struct_type(const std::vector<data::Field>& fields) {
  std::vector<TypeHandle> owners;
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (const data::Field& field : fields) {
    owners.push_back(make_logical_type(field.type));
    types.push_back(owners.back().get());
    names.push_back(field.name.c_str());
  }
  return TypeHandle(duckdb_create_struct_type(types.data(), names.data(), types.size()));
}

data::Type read_struct_type(duckdb_logical_type type) {
  std::vector<data::Field> fields;
  for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
    const TypeHandle child(duckdb_struct_type_child_type(type, i));
    fields.push_back(
        {take_text(duckdb_struct_type_child_name(type, i)), read_logical_type(child.get())});
  }
  return data::Type::structure(std::move(fields));
}

/// Names of types that only views compute with.
std::string other_name(duckdb_logical_type type) {
  switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_TIMESTAMP_S:
      return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return "TIMESTAMP_NS";
    case DUCKDB_TYPE_TIME_TZ:
      return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_TIME_NS:
      return "TIME_NS";
    case DUCKDB_TYPE_ENUM:
      return "ENUM";
    case DUCKDB_TYPE_UNION:
      return "UNION";
    case DUCKDB_TYPE_BIT:
      return "BIT";
    case DUCKDB_TYPE_BIGNUM:
      return "BIGNUM";
    case DUCKDB_TYPE_SQLNULL:
      return "NULL";
    case DUCKDB_TYPE_GEOMETRY:
      return "GEOMETRY";
    case DUCKDB_TYPE_VARIANT:
      return "VARIANT";
    case DUCKDB_TYPE_ARRAY: {
      const TypeHandle child(duckdb_array_type_child_type(type));
      return read_logical_type(child.get()).to_string() + "[" +
             std::to_string(duckdb_array_type_array_size(type)) + "]";
    }
    default:
      return "UNKNOWN";
  }
}

}  // namespace

TypeHandle make_logical_type(const data::Type& type) {
  for (const auto& [ours, theirs] : kPlainTypes) {
    if (ours == type.id()) return TypeHandle(duckdb_create_logical_type(theirs));
  }
  switch (type.id()) {
    case TypeId::kDecimal:
      return TypeHandle(duckdb_create_decimal_type(static_cast<std::uint8_t>(type.width()),
                                                   static_cast<std::uint8_t>(type.scale())));
    case TypeId::kJson: {
      TypeHandle json(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
      duckdb_logical_type_set_alias(json.get(), "JSON");
      return json;
    }
    case TypeId::kStruct:
      return make_struct_type(type.children());
    case TypeId::kList: {
      const TypeHandle element = make_logical_type(type.children()[0].type);
      return TypeHandle(duckdb_create_list_type(element.get()));
    }
    case TypeId::kMap: {
      const TypeHandle key = make_logical_type(type.children()[0].type);
      const TypeHandle value = make_logical_type(type.children()[1].type);
      return TypeHandle(duckdb_create_map_type(key.get(), value.get()));
    }
    default:
      SLUICE_CHECK(false && "no record holds a value of this type");
      return nullptr;
  }
}

data::Type read_logical_type(duckdb_logical_type type) {
  const duckdb_type id = duckdb_get_type_id(type);
  if (id == DUCKDB_TYPE_VARCHAR && take_text(duckdb_logical_type_get_alias(type)) == "JSON") {
    return TypeId::kJson;
  }
  for (const auto& [ours, theirs] : kPlainTypes) {
    if (theirs == id) return ours;
  }
  switch (id) {
    case DUCKDB_TYPE_DECIMAL:
      return data::Type::decimal(duckdb_decimal_width(type), duckdb_decimal_scale(type));
    case DUCKDB_TYPE_STRUCT:
      return read_struct_type(type);
    case DUCKDB_TYPE_LIST: {
      const TypeHandle child(duckdb_list_type_child_type(type));
      return data::Type::list(read_logical_type(child.get()));
    }
    case DUCKDB_TYPE_MAP: {
      const TypeHandle key(duckdb_map_type_key_type(type));
      const TypeHandle value(duckdb_map_type_value_type(type));
      return data::Type::map(read_logical_type(key.get()), read_logical_type(value.get()));
    }
    default:
      return data::Type::other(other_name(type));
  }
}

}  // namespace sluice::sql
