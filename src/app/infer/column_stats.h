#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "app/infer/value_shape.h"

namespace sluice::app {

/// How many values a column is looked through for being distinct.
inline constexpr std::size_t kDistinctMax = 1'000'000;
/// Of texts that may be an enumeration.
inline constexpr std::size_t kFewMax = 20;

/// What the values of one column are like. Bounded in memory, whatever the values are.
class ColumnStats {
 public:
  /// A value of a text format, or a JSON number or boolean.
  void add(std::string_view text) { add(shape_of(text), text); }
  void add(const ShapedValue& value, std::string_view text);
  /// A JSON text: to a decoder it is not a number, except for a DECIMAL.
  void add_text(std::string_view text);
  /// An object or a list.
  void add_nested(Shape shape) { ++counts_[static_cast<std::size_t>(shape)]; }
  /// As a value of a type that is known already.
  void add_typed(std::string_view text, bool is_time);

  std::int64_t count(Shape shape) const { return counts_[static_cast<std::size_t>(shape)]; }
  std::int64_t values() const;                   ///< without NULLs
  std::int64_t texts() const { return texts_; }  ///< of JSON: in quotes
  /// The first value of the shape, cut.
  const std::string& example(Shape shape) const {
    return examples_[static_cast<std::size_t>(shape)];
  }
  std::optional<std::int64_t> distinct() const;  ///< null: too many to count
  /// Texts and how often they came, when there are few; else null.
  const std::map<std::string, std::int64_t>* few() const { return has_few_ ? &few_ : nullptr; }

  int whole_digits() const { return whole_digits_; }        ///< the most
  int fraction_digits() const { return fraction_digits_; }  ///< likewise
  int fewest_fraction_digits() const { return fewest_fraction_digits_; }
  int digits() const { return digits_; }         ///< of one value, before and after the point
  std::int64_t least() const { return least_; }  ///< of BIGINTs, and of times
  std::int64_t most() const { return most_; }
  bool has_bounds() const { return has_bounds_; }
  bool has_hugeint() const { return has_hugeint_; }  ///< a whole number beyond 64 bits
  /// The most that a value was below the greatest before it.
  std::int64_t disorder() const { return disorder_; }
  const std::set<char>& separators() const { return separators_; }
  std::int64_t with_time() const { return with_time_; }  ///< of dates that are not ISO 8601
  /// Of amounts with a currency: whose number is written so.
  std::int64_t amounts(Shape shape) const { return amounts_[static_cast<std::size_t>(shape)]; }
  std::size_t bytes_max() const { return bytes_max_; }

 private:
  void add_distinct(std::string_view text);
  void add_bounds(std::int64_t number);

  std::array<std::int64_t, kShapes> counts_{};
  std::array<std::int64_t, kShapes> amounts_{};
  std::array<std::string, kShapes> examples_;
  std::int64_t texts_ = 0;
  std::unordered_set<std::uint64_t> distinct_;
  bool has_distinct_ = true;
  std::map<std::string, std::int64_t> few_;
  bool has_few_ = true;
  int whole_digits_ = 0;
  int fraction_digits_ = 0;
  int fewest_fraction_digits_ = 0;
  bool has_fraction_ = false;
  int digits_ = 0;
  std::int64_t least_ = 0;
  std::int64_t most_ = 0;
  bool has_bounds_ = false;
  bool has_hugeint_ = false;
  std::int64_t disorder_ = 0;
  std::set<char> separators_;
  std::int64_t with_time_ = 0;
  std::size_t bytes_max_ = 0;
};

}  // namespace sluice::app
