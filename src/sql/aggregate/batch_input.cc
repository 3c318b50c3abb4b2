#include "sql/aggregate/batch_input.h"

#include <algorithm>

#include "data/type.h"

namespace sluice::sql {

namespace {

using data::quote_identifier;

/// A table can hold no (a, b): its fields get names.
void name_fields(Json& node) {
  if (!node.is_structured()) return;
  for (Json& child : node) name_fields(child);
  if (!is_class(node, "FUNCTION") || function_name(node) != "row") return;
  node["function_name"] = "struct_pack";
  std::size_t number = 0;
  for (Json& child : node["children"]) child["alias"] = "v" + std::to_string(++number);
}

}  // namespace

Json column_reference(const std::string& name) {
  return {{"class", "COLUMN_REF"},
          {"type", "COLUMN_REF"},
          {"alias", ""},
          {"query_location", 0},
          {"column_names", Json::array({name})}};
}

Result<Json> BatchInput::reference(const Json& expression) {
  const Json tree = canonical(expression);
  auto found = std::ranges::find(columns_, tree, &Column::tree);
  if (found == columns_.end()) {
    Json named = expression;
    name_fields(named);
    SLUICE_ASSIGN(std::string text, expression_text(session_, std::move(named)));
    columns_.push_back({tree, "__in_" + std::to_string(columns_.size() + 1), std::move(text)});
    found = columns_.end() - 1;
  }
  return column_reference(found->name);
}

Result<std::string> BatchInput::column(const Json& expression) {
  SLUICE_ASSIGN(const Json reference, this->reference(expression));
  return quote_identifier(reference["column_names"][0].get<std::string>());
}

std::vector<std::string> BatchInput::items() const {
  std::vector<std::string> items;
  for (const Column& column : columns_) {
    items.push_back(column.text + " AS " + quote_identifier(column.name));
  }
  return items;
}

std::string BatchInput::table() const {
  return "temp." + quote_identifier("__input_" + view_.name());
}

}  // namespace sluice::sql
