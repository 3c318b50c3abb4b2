#include "app/infer/column_stats.h"

#include <algorithm>
#include <numeric>

#include "base/shown_text.h"

namespace sluice::app {
namespace {

constexpr std::size_t kExampleBytes = 40;
constexpr std::size_t kFewBytes = 60;

/// FNV-1a: the same on every machine, so that an answer is.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace

void ColumnStats::add_distinct(std::string_view text) {
  bytes_max_ = std::max(bytes_max_, text.size());
  if (has_distinct_) {
    distinct_.insert(hash_of(text));
    if (distinct_.size() > kDistinctMax) {
      has_distinct_ = false;
      distinct_ = {};
    }
  }
  if (has_few_) {
    if (text.size() <= kFewBytes) ++few_[std::string(text)];
    if (text.size() > kFewBytes || few_.size() > kFewMax) {
      has_few_ = false;
      few_.clear();
    }
  }
}

void ColumnStats::add_bounds(std::int64_t number) {
  if (!has_bounds_) least_ = most_ = number;
  has_bounds_ = true;
  std::int64_t below = 0;
  if (__builtin_sub_overflow(most_, number, &below)) below = most_;
  disorder_ = std::max(disorder_, below);
  least_ = std::min(least_, number);
  most_ = std::max(most_, number);
}

void ColumnStats::add(const ShapedValue& value, std::string_view text) {
  const auto index = static_cast<std::size_t>(value.shape);
  if (counts_[index]++ == 0) examples_[index] = shown_text(text, kExampleBytes);
  add_distinct(text);
  const bool is_whole = value.shape == Shape::kInteger;
  if (value.has_number) add_bounds(value.number);
  if (is_whole && !value.has_number) has_hugeint_ = true;
  const bool has_digits = is_whole || value.shape == Shape::kLongInteger ||
                          value.shape == Shape::kDecimal || value.shape == Shape::kFloat ||
                          value.shape == Shape::kCommaDecimal || value.shape == Shape::kGrouped ||
                          value.shape == Shape::kMoney;
  if (has_digits) {
    whole_digits_ = std::max(whole_digits_, value.whole_digits);
    fraction_digits_ = std::max(fraction_digits_, value.fraction_digits);
    digits_ = std::max(digits_, value.whole_digits + value.fraction_digits);
    fewest_fraction_digits_ = has_fraction_
                                  ? std::min(fewest_fraction_digits_, value.fraction_digits)
                                  : value.fraction_digits;
    has_fraction_ = true;
  }
  if (value.separator != 0) separators_.insert(value.separator);
  if (value.has_time) ++with_time_;
  if (value.shape == Shape::kMoney) ++amounts_[static_cast<std::size_t>(value.amount)];
}

void ColumnStats::add_text(std::string_view text) {
  ShapedValue value = shape_of(text);
  const bool is_special = text == "NaN" || text == "Infinity" || text == "-Infinity";
  if (value.shape == Shape::kBoolean || (value.shape == Shape::kFloat && !is_special)) {
    value = {.shape = Shape::kText};
  }
  if (value.shape == Shape::kInteger || value.shape == Shape::kLongInteger) ++texts_;
  add(value, text);
}

void ColumnStats::add_typed(std::string_view text, bool is_time) {
  if (is_time) {
    add(text);
    return;
  }
  const auto index = static_cast<std::size_t>(Shape::kText);
  if (counts_[index]++ == 0) examples_[index] = shown_text(text, kExampleBytes);
  add_distinct(text);
  const ShapedValue value = shape_of(text);
  if (value.shape == Shape::kInteger && value.has_number) add_bounds(value.number);
}

std::int64_t ColumnStats::values() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::optional<std::int64_t> ColumnStats::distinct() const {
  if (!has_distinct_) return std::nullopt;
  return static_cast<std::int64_t>(distinct_.size());
}

}  // namespace sluice::app
