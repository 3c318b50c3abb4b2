#include "lake/key_search.h"

#include <algorithm>
#include <cstdint>

#include "base/json.h"

namespace sluice::lake {
namespace {

bool is_comparable(const data::Type& type) {
  switch (type.id()) {
    case data::TypeId::kTinyint:
    case data::TypeId::kSmallint:
    case data::TypeId::kInteger:
    case data::TypeId::kBigint:
    case data::TypeId::kVarchar:
    case data::TypeId::kDate:
      return true;
    default:
      return false;
  }
}

std::optional<std::string> partition_value(const std::map<std::string, std::string>& values,
                                           const std::string& column) {
  const auto found = values.find(column);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

/// A bound that the log has: an integer or a text. Dates outside the years 0 to 9999 have a sign
/// and do not compare as texts.
Json bound(const Json& stats, const char* which, const std::string& column) {
  const Json bounds = stats.value(which, Json::object());
  if (!bounds.is_object()) return {};
  const Json value = bounds.value(column, Json());
  if (value.is_number_integer()) return value;
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  return text.starts_with('-') || text.starts_with('+') ? Json() : value;
}

/// Null: unknown.
std::optional<std::int64_t> null_count(const Json& stats, const std::string& column) {
  const Json counts = stats.value("nullCount", Json::object());
  if (!counts.is_object() || !counts.value(column, Json()).is_number_integer()) return std::nullopt;
  return counts[column].get<std::int64_t>();
}

/// Every value is NULL, so that there are no bounds.
bool is_all_null(const Json& stats, const std::string& column) {
  const Json rows = stats.value("numRecords", Json());
  const auto nulls = null_count(stats, column);
  return nulls && rows.is_number_integer() && rows.get<std::int64_t>() == *nulls;
}

}  // namespace

KeySearch::KeySearch(const data::Schema& schema, const std::vector<std::string>& key,
                     const std::vector<std::string>& partition_by) {
  for (const std::string& column : key) {
    const int index = schema.find(column);
    if (index < 0 || !is_comparable(schema[static_cast<std::size_t>(index)].type)) continue;
    if (std::ranges::find(partition_by, column) != partition_by.end()) {
      partitions_[column];
    } else {
      ranges_[column];
    }
  }
}

void KeySearch::add(const AddedFile& file) {
  for (auto& [column, values] : partitions_) {
    values.insert(partition_value(file.partition_values, column));
  }
  const Json stats = parse_json(file.stats);
  for (auto& [column, range] : ranges_) {
    if (!stats.is_object() || !null_count(stats, column)) {
      range.unknown = true;
      continue;
    }
    range.has_null = range.has_null || *null_count(stats, column) > 0;
    if (is_all_null(stats, column)) continue;
    const Json minimum = bound(stats, "minValues", column);
    const Json maximum = bound(stats, "maxValues", column);
    range.unknown = range.unknown || minimum.is_null() || maximum.is_null();
    if (range.minimum.is_null() || minimum < range.minimum) range.minimum = minimum;
    if (range.maximum.is_null() || range.maximum < maximum) range.maximum = maximum;
  }
}

bool KeySearch::may_hold(const DataFile& file) const {
  for (const auto& [column, values] : partitions_) {
    if (!values.contains(partition_value(file.partition_values, column))) return false;
  }
  const Json stats = parse_json(file.stats);
  if (!stats.is_object()) return true;
  for (const auto& [column, range] : ranges_) {
    if (range.unknown) continue;
    const auto nulls = null_count(stats, column);
    if (range.has_null && (!nulls || *nulls > 0)) continue;
    if (is_all_null(stats, column)) return false;
    if (range.minimum.is_null()) {
      if (nulls) return false;  // only NULL is looked for, and the file has none
      continue;
    }
    const Json minimum = bound(stats, "minValues", column);
    const Json maximum = bound(stats, "maxValues", column);
    const bool same_kind = minimum.type() == range.minimum.type() ||
                           (minimum.is_number() && range.minimum.is_number());
    if (minimum.is_null() || maximum.is_null() || !same_kind) continue;
    if (maximum < range.minimum || range.maximum < minimum) return false;
  }
  return true;
}

}  // namespace sluice::lake
