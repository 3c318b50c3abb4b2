#include "sql/view/json_casts.h"

namespace sluice::sql {
namespace {

Json info_of(const Json& type) {
  return type.is_object() ? type.value("type_info", Json()) : Json();
}

bool is_json(const Json& type) {
  const Json info = info_of(type);
  return info.is_object() && info.value("alias", "") == "JSON";
}

bool has_decimals(const Json& type) {
  if (!type.is_structured()) return false;
  if (type.is_object() && type.value("id", "") == "DECIMAL") return true;
  for (const Json& part : type) {
    if (has_decimals(part)) return true;
  }
  return false;
}

std::string decimal_text(const Json& type) {
  const Json info = info_of(type);
  return "DECIMAL(" + std::to_string(info.value("width", 18)) + "," +
         std::to_string(info.value("scale", 3)) + ")";
}

/// The type as from_json's schemas write it.
std::string spark_text(const Json& type) {
  const auto id = type["id"].get<std::string>();
  const Json info = info_of(type);
  if (id == "DECIMAL") return decimal_text(type);
  if (id == "VARCHAR") return "STRING";
  if (id == "INTEGER") return "INT";
  if (id == "BLOB") return "BINARY";
  if (id == "TIMESTAMP") return "TIMESTAMP_NTZ";
  if (id == "TIMESTAMP WITH TIME ZONE") return "TIMESTAMP";
  if (id == "LIST") return "ARRAY<" + spark_text(info["child_type"]) + ">";
  if (id == "MAP") {
    const Json& entry = info["child_type"]["type_info"]["child_types"];
    return "MAP<" + spark_text(entry[0]["second"]) + ", " + spark_text(entry[1]["second"]) + ">";
  }
  if (id != "STRUCT") return id;
  std::string fields;
  for (const Json& field : info["child_types"]) {
    fields += (fields.empty() ? "" : ", ") + field["first"].get<std::string>() + ": " +
              spark_text(field["second"]);
  }
  return "STRUCT<" + fields + ">";
}

}  // namespace

bool loses_digits(const Json& bound_cast) {
  const Json& child = bound_cast["child"];
  return child.contains("return_type") && is_json(child["return_type"]) &&
         has_decimals(bound_cast["return_type"]);
}

std::string lost_digits(const Json& bound_cast) {
  const Json& type = bound_cast["return_type"];
  const std::string alias = bound_cast["child"].value("alias", "");
  const std::string value = alias.empty() ? "j" : alias;
  const std::string instead = type["id"] == "DECIMAL"
                                  ? "CAST(" + value + " ->> '$' AS " + decimal_text(type) + ")"
                                  : "from_json(" + value + ", '" + spark_text(type) + "')";
  return "a cast of JSON to decimals would take them through a DOUBLE and lose digits; write " +
         instead + ", which keeps them";
}

}  // namespace sluice::sql
