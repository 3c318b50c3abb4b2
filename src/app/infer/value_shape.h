#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::app {

/// What a value is written like. Each value has one; a column's type is what all of its shapes
/// have in common (column_type.h).
enum class Shape : unsigned char {
  kInteger,       ///< 12, -3: within HUGEINT
  kLongInteger,   ///< as many digits, and beyond it
  kLeadingZero,   ///< 00123
  kPlus,          ///< +4930123
  kDecimal,       ///< 12.50
  kFloat,         ///< 1e-3, NaN, Infinity
  kCommaDecimal,  ///< 12,50 and 1.234,50
  kGrouped,       ///< 1,234 and 1,234.50
  kMoney,         ///< € 12.50
  kBoolean,
  kDate,
  kDayFirst,    ///< 31/12/2024: the first number is above 12
  kMonthFirst,  ///< 12/31/2024
  kSlashed,     ///< 01/02/2024: nobody can say which
  kYearFirst,   ///< 2024/12/31, 2024-1-2
  kTime,
  kTimestamp,    ///< without a zone
  kTimestampTz,  ///< with one
  kUuid,
  kNullWord,  ///< "", n/a, NULL ...
  kText,
  kObject,
  kList,
};
inline constexpr std::size_t kShapes = static_cast<std::size_t>(Shape::kList) + 1;

/// A value's text, taken apart.
struct ShapedValue {
  Shape shape = Shape::kText;
  int whole_digits = 0;     ///< of numbers: before the point, without zeros in front
  int fraction_digits = 0;  ///< after it; an exponent is counted in
  /// Of whole numbers of 64 bits: the number; of times: microseconds since 1970.
  std::int64_t number = 0;
  bool has_number = false;
  char separator = 0;     ///< of 31/12/2024
  bool has_time = false;  ///< of 31/12/2024 23:59
  /// Of an amount with a currency: how the number in it is written.
  Shape amount = Shape::kText;
};

/// By the rules of the decoders: what they take for a date is one.
ShapedValue shape_of(std::string_view text);

/// A JSON number.
ShapedValue shape_of_number(std::string_view text);

/// "number", "text" ...: what people call such values; several shapes share a word.
std::string_view word_of(Shape shape);

}  // namespace sluice::app
