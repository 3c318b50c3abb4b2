#include "app/infer/json_columns.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/ascii_text.h"
#include "base/quantity_text.h"

namespace sluice::app {
namespace {

using data::Field;
using data::Type;
using data::TypeId;

/// Objects with more names than this, most of which few of them have, are maps.
constexpr std::size_t kMapNamesMin = 30;
/// Of a type; what is deeper is JSON.
constexpr int kTypeDepthMax = 16;

/// Why the objects of a place cannot be a STRUCT; "": they can.
std::string no_struct(const JsonPlace& place) {
  const std::int64_t objects = place.stats.count(Shape::kObject);
  if (place.is_too_wide) return "objects with more names than a STRUCT should have";
  if (place.fields.empty()) return "objects without a name in them";
  std::set<std::string> names;
  std::int64_t there = 0;
  for (const auto& [name, field] : place.fields) {
    if (name.empty()) return "objects with an empty name";
    if (!names.insert(lower_case(name)).second) {
      return "objects with names that differ in case alone, such as '" + name + "'";
    }
    there += field->stats.values();
  }
  const auto count = static_cast<std::int64_t>(place.fields.size());
  if (place.fields.size() >= kMapNamesMin && there * 5 < objects * count) {
    return "objects whose names are values: " + count_text(count) + " different ones";
  }
  return "";
}

InferredColumn column_of(const std::string& name, const JsonPlace& place, std::int64_t records,
                         int depth);

InferredColumn object_column(const JsonPlace& place, InferredColumn made, int depth) {
  if (std::string why = no_struct(place); !why.empty()) {
    made.what = {.type = TypeId::kJson, .reason = std::move(why)};
    return made;
  }
  std::vector<Field> fields;
  for (const auto& [name, field] : place.fields) {
    made.fields.push_back(column_of(name, *field, place.stats.count(Shape::kObject), depth + 1));
    // What a key is within another value, nobody asks.
    made.fields.back().what.is_key = false;
    fields.push_back({name, made.fields.back().what.type});
  }
  made.what = {.type = Type::structure(std::move(fields))};
  return made;
}

InferredColumn list_column(const JsonPlace& place, InferredColumn made, int depth) {
  if (place.element == nullptr || place.element->stats.values() == 0) {
    made.what = {.type = TypeId::kJson, .reason = "lists without an element"};
    return made;
  }
  InferredColumn element =
      column_of("[]", *place.element, place.element->stats.values(), depth + 1);
  element.what.is_key = false;
  made.what = {.type = Type::list(element.what.type)};
  made.fields.push_back(std::move(element));
  return made;
}

InferredColumn column_of(const std::string& name, const JsonPlace& place, std::int64_t records,
                         int depth) {
  InferredColumn made{.name = name,
                      .what = {},
                      .records = records,
                      .values = place.stats.values(),
                      .distinct = std::nullopt};
  const std::int64_t objects = place.stats.count(Shape::kObject);
  const std::int64_t lists = place.stats.count(Shape::kList);
  if (objects + lists > 0 && depth == kTypeDepthMax) {
    made.what = {.type = TypeId::kJson, .reason = "nested deeper than a type should be"};
    return made;
  }
  if (objects > 0 && objects == made.values) return object_column(place, std::move(made), depth);
  if (lists > 0 && lists == made.values) return list_column(place, std::move(made), depth);
  if (objects + lists == 0) made.distinct = place.stats.distinct();
  made.what = type_of_column(name, place.stats, records);
  return made;
}

}  // namespace

std::vector<InferredColumn> json_columns(const JsonPlace& root) {
  std::vector<InferredColumn> columns;
  std::set<std::string> names;
  for (const auto& [name, field] : root.fields) {
    columns.push_back(column_of(name, *field, root.stats.count(Shape::kObject), 0));
    InferredColumn& column = columns.back();
    if (name.empty()) {
      column.is_left_out = true;
      column.what.reason = "it has no name";
    } else if (!names.insert(lower_case(name)).second) {
      column.is_left_out = true;
      column.what.reason = "SQL takes its name for that of another one, in other case";
    }
  }
  return columns;
}

}  // namespace sluice::app
