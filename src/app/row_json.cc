#include "app/row_json.h"

#include <nlohmann/json.hpp>

#include "sql/text_replacements.h"

namespace sluice::app {
namespace {

using Json = nlohmann::json;

/// Types whose texts are JSON as they stand, mostly: NaN is not.
bool is_plain(data::TypeId type) {
  using data::TypeId;
  switch (type) {
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kHugeint:
    case TypeId::kUtinyint:
    case TypeId::kUsmallint:
    case TypeId::kUinteger:
    case TypeId::kUbigint:
    case TypeId::kReal:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kBoolean:
    case TypeId::kJson:
      return true;
    default:
      return false;
  }
}

std::string json_text(std::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_one_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

}  // namespace

std::string json_select(const data::Schema& schema, const std::string& table) {
  std::string columns;
  for (const data::Field& field : schema.fields()) {
    const std::string name = data::quote_identifier(field.name);
    columns += columns.empty() ? "" : ", ";
    if (field.type.id() == data::TypeId::kBlob) {
      columns += sql::with_base64(name, field.type) + " AS " + name;
    } else if (!field.type.children().empty()) {
      columns += "system.main.to_json(" + sql::with_base64(name, field.type) + ") AS " + name;
    } else {
      columns += name;
    }
  }
  return "SELECT " + columns + " FROM " + data::quote_identifier(table);
}

std::string json_object(const data::Schema& schema, const connector::TextRow& row) {
  std::string text = "{";
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) text += ',';
    text += json_text(schema[i].name) + ':';
    const std::optional<std::string_view>& value = row[i];
    if (!value) {
      text += "null";
    } else if (is_plain(schema[i].type.id()) && is_one_line(*value) && Json::accept(*value)) {
      text += *value;
    } else {
      text += json_text(*value);
    }
  }
  return text + "}";
}

}  // namespace sluice::app
