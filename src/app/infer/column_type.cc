#include "app/infer/column_type.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <utility>

#include "app/infer/column_name.h"
#include "base/quantity_text.h"

namespace sluice::app {
namespace {

using data::Type;
using data::TypeId;

constexpr int kDecimalDigits = 38;
/// Of a DECIMAL that 64 bits hold, and of the room that one has above what was seen.
constexpr int kUsualDigits = 18;
constexpr int kRoom = 2;
/// The significant digits that programs write of a DOUBLE.
constexpr int kDoubleDigitsMin = 16;
constexpr int kDoubleDigitsMax = 17;
constexpr std::size_t kKeyBytesMax = 64;
constexpr std::int64_t kMillion = 1'000'000;
/// The most digits of a number with one comma between thousands.
constexpr int kGroupedOnce = 6;
/// Of days as numbers: 20241231.
constexpr std::int64_t kFirstDay = 19'000'101;
constexpr std::int64_t kLastDay = 21'001'231;
/// Of a telephone number or a postcode; fewer are a number or a yes or no.
constexpr int kDigitsMin = 4;
/// Seconds since 1970 of 2000 and of 2100.
constexpr std::int64_t kEpochFirst = 946'684'800;
constexpr std::int64_t kEpochLast = 4'102'444'800;

bool only(const ColumnStats& stats, std::initializer_list<Shape> shapes) {
  std::int64_t there = stats.count(Shape::kNullWord);
  for (const Shape shape : shapes) there += stats.count(shape);
  return there == stats.values() && there > stats.count(Shape::kNullWord);
}

Type whole_type(const ColumnStats& stats) {
  if (stats.has_hugeint()) return TypeId::kHugeint;
  const bool fits = stats.least() >= std::numeric_limits<std::int32_t>::min() &&
                    stats.most() <= std::numeric_limits<std::int32_t>::max();
  return fits ? TypeId::kInteger : TypeId::kBigint;
}

std::string bounds_text(const ColumnStats& stats) {
  if (!stats.has_bounds()) return "";
  if (stats.least() == stats.most()) return "always " + std::to_string(stats.least());
  return std::to_string(stats.least()) + " to " + std::to_string(stats.most());
}

/// How numbers of whole seconds, milliseconds ... since 1970 are turned into times.
struct EpochUnit {
  std::int64_t per_second;
  std::string_view words;
  std::string_view function;
};
constexpr std::array<EpochUnit, 3> kEpochUnits = {
    EpochUnit{1, "seconds", "timestamp_seconds"},
    EpochUnit{1000, "milliseconds", "timestamp_millis"},
    EpochUnit{kMillion, "microseconds", "timestamp_micros"}};

const EpochUnit* epoch_unit(const std::string& name, const ColumnStats& stats) {
  if (!stats.has_bounds() || !names_time(name)) return nullptr;
  for (const EpochUnit& unit : kEpochUnits) {
    if (stats.least() >= kEpochFirst * unit.per_second &&
        stats.most() <= kEpochLast * unit.per_second) {
      return &unit;
    }
  }
  return nullptr;
}

/// A delay that is enough for what came after a later one, with as much again.
std::string delay_for(std::int64_t micros) {
  static constexpr std::array<std::pair<std::int64_t, std::string_view>, 7> kDelays = {
      {{30, "1m"},
       {150, "5m"},
       {300, "10m"},
       {1800, "1h"},
       {10'800, "6h"},
       {43'200, "24h"},
       {302'400, "168h"}}};
  for (const auto& [seconds, text] : kDelays) {
    if (micros <= seconds * kMillion) return std::string(text);
  }
  return "";
}

ColumnType whole_column(const std::string& name, const ColumnStats& stats) {
  ColumnType made{.type = whole_type(stats), .reason = bounds_text(stats)};
  if (made.type.id() == TypeId::kHugeint) {
    made.reason = "up to " + std::to_string(stats.whole_digits()) + " digits";
  } else if (const EpochUnit* unit = epoch_unit(name, stats)) {
    made.type = TypeId::kBigint;
    made.reason += ", " + std::string(unit->words) + " since 1970";
    made.meaning = std::string(unit->function) + "({})";
    made.meaning_type = "TIMESTAMPTZ";
    made.meaning_suffix = "time";
    made.is_time = true;
    made.disorder = delay_for(stats.disorder() * (kMillion / unit->per_second));
  } else if (names_time(name) && stats.has_bounds() && stats.least() >= kFirstDay &&
             stats.most() <= kLastDay) {
    made.reason += ", days by their digits";
    made.meaning = "try_to_date(CAST({} AS VARCHAR), 'yyyyMMdd')";
    made.meaning_type = "DATE";
    made.meaning_suffix = "date";
  }
  return made;
}

/// Fractions of up to `fraction` digits; not a DECIMAL where that has too few digits.
ColumnType decimal_column(int whole, int fraction, bool varies, const std::string& reason) {
  // What comes later may have more digits, and is rounded to those that there are.
  int scale = std::max(fraction, 2);
  if (varies && fraction > 2 && whole + fraction + 2 * kRoom <= kUsualDigits) scale += kRoom;
  if (whole + scale > kDecimalDigits) scale = fraction;
  if (whole + scale > kDecimalDigits) {
    return {.type = TypeId::kVarchar,
            .reason = std::to_string(whole + fraction) + " digits, more than a DECIMAL has"};
  }
  const int width = whole + scale + kRoom <= kUsualDigits ? kUsualDigits : kDecimalDigits;
  return {.type = Type::decimal(width, scale), .reason = reason};
}

ColumnType number_column(const std::string& name, const ColumnStats& stats) {
  const std::int64_t floats = stats.count(Shape::kFloat);
  const bool varies = stats.fewest_fraction_digits() != stats.fraction_digits();
  const bool is_money = names_money(name);
  if (names_version(name) && stats.texts() + stats.count(Shape::kDecimal) == stats.values()) {
    return {.type = TypeId::kVarchar, .reason = "numbers, but the name says a version"};
  }
  if (floats > 0 && !is_money) {
    return {.type = TypeId::kDouble,
            .reason = count_text(floats) + " such as " + stats.example(Shape::kFloat)};
  }
  if (floats > 0) {
    return {.type = TypeId::kVarchar,
            .reason = mixture_of(stats) + ", of which " + count_text(floats) + " such as " +
                      stats.example(Shape::kFloat) + "; money is no DOUBLE"};
  }
  const bool is_double = varies && !is_money && stats.texts() == 0 &&
                         stats.digits() >= kDoubleDigitsMin && stats.digits() <= kDoubleDigitsMax;
  if (is_double) {
    return {.type = TypeId::kDouble,
            .reason =
                "up to " + std::to_string(stats.digits()) + " digits, as programs write a DOUBLE"};
  }
  return decimal_column(stats.whole_digits(), stats.fraction_digits(), varies,
                        "up to " + counted(stats.whole_digits(), "digit", "digits") +
                            " before the point, " + std::to_string(stats.fraction_digits()) +
                            " after it");
}

/// Numbers that people write and no decoder reads: 1.234,50 and 1,234.50.
ColumnType people_number(const ColumnStats& stats) {
  ColumnType made{.type = TypeId::kVarchar};
  const auto count = [&](Shape shape) { return stats.count(shape) + stats.amounts(shape); };
  const bool is_money = stats.count(Shape::kMoney) > 0;
  const bool has_comma = count(Shape::kCommaDecimal) > 0;
  const std::int64_t points = count(Shape::kDecimal);
  const std::int64_t groups = count(Shape::kGrouped);
  const Shape shown = is_money ? Shape::kMoney : has_comma ? Shape::kCommaDecimal : Shape::kGrouped;
  if (has_comma && points > 0) {
    made.reason = mixture_of(stats) + ": a comma in some and a point in others";
    return made;
  }
  const bool is_clear = groups == 0 || has_comma || points > 0 || stats.fraction_digits() > 0 ||
                        stats.whole_digits() > kGroupedOnce;
  if (!is_clear) {
    made.reason = "such as " + stats.example(shown) +
                  ": a comma between thousands, or a decimal one? Nothing here says which";
    return made;
  }
  const int fraction = std::max(stats.fraction_digits(), has_comma && groups > 0 ? 3 : 0);
  const ColumnType number = decimal_column(stats.whole_digits(), fraction, false, "");
  std::string text = is_money ? "regexp_replace({}, '[^-0-9.,]', '', 'g')" : "{}";
  text = has_comma    ? "replace(replace(" + text + ", '.', ''), ',', '.')"
         : groups > 0 ? "replace(" + text + ", ',', '')"
                      : text;
  made.reason = std::string(word_of(shown)) + ", such as " + stats.example(shown);
  if (number.type.id() != TypeId::kDecimal) return made;
  made.meaning = "TRY_CAST(" + text + " AS " + number.type.to_string() + ")";
  made.meaning_type = number.type.to_string();
  made.meaning_suffix = "number";
  return made;
}

/// 31/12/2024, where something says what comes first.
ColumnType slashed_column(const ColumnStats& stats) {
  ColumnType made{.type = TypeId::kVarchar};
  const std::int64_t day = stats.count(Shape::kDayFirst);
  const std::int64_t month = stats.count(Shape::kMonthFirst);
  const std::int64_t year = stats.count(Shape::kYearFirst);
  if (year > 0 && year < stats.values() - stats.count(Shape::kNullWord)) {
    return {.type = TypeId::kVarchar, .reason = mixture_of(stats) + ", written in several ways"};
  }
  const Shape shape = year > 0    ? Shape::kYearFirst
                      : day > 0   ? Shape::kDayFirst
                      : month > 0 ? Shape::kMonthFirst
                                  : Shape::kSlashed;
  made.reason = "dates such as " + stats.example(shape);
  if (day > 0 && month > 0) {
    made.reason += " and " + stats.example(Shape::kMonthFirst) + ": the day is first in some only";
    return made;
  }
  const bool has_time = stats.with_time() > 0;
  if (stats.separators().size() > 1 ||
      (has_time && stats.with_time() < stats.values() - stats.count(Shape::kNullWord))) {
    made.reason += ", written in several ways";
    return made;
  }
  const char separator = *stats.separators().begin();
  if (year + day + month == 0 && separator != '.') {
    made.reason += ": day or month first? None is above 12, so nothing here says which";
    return made;
  }
  const std::string dash(1, separator);
  // One digit in the pattern reads two as well.
  const std::string pattern = year > 0    ? "yyyy" + dash + "M" + dash + "d"
                              : month > 0 ? "M" + dash + "d" + dash + "yyyy"
                                          : "d" + dash + "M" + dash + "yyyy";
  made.reason += year > 0    ? ", not as ISO 8601 has them"
                 : month > 0 ? ": the month is first"
                 : day > 0   ? ": the day is first"
                             : ": the day is first, as usual with points";
  made.meaning = has_time ? "try_to_timestamp({}, '" + pattern + " HH:mm:ss')"
                          : "try_to_date({}, '" + pattern + "')";
  made.meaning_type = has_time ? "TIMESTAMPTZ" : "DATE";
  made.meaning_suffix = has_time ? "time" : "date";
  made.is_time = has_time;
  return made;
}

ColumnType time_column(const ColumnStats& stats) {
  const std::int64_t zoned = stats.count(Shape::kTimestampTz);
  const std::int64_t plain = stats.count(Shape::kTimestamp);
  const std::int64_t dates = stats.count(Shape::kDate);
  ColumnType made{.type = TypeId::kDate, .reason = "ISO 8601"};
  if (zoned + plain > 0) {
    made.type = zoned > 0 ? TypeId::kTimestampTz : TypeId::kTimestamp;
    made.is_time = true;
    made.disorder = delay_for(stats.disorder());
    made.reason += zoned == 0 ? " without a zone" : " with a zone";
    if (zoned > 0 && plain > 0) made.reason += ", " + count_text(plain) + " without (UTC)";
    if (dates > 0) made.reason += ", " + count_text(dates) + " a date alone";
  }
  return made;
}

bool is_any(const Type& type, std::initializer_list<TypeId> ids) {
  return std::ranges::find(ids, type.id()) != ids.end();
}

void add_enumeration(const ColumnStats& stats, ColumnType& made) {
  const auto* few = stats.few();
  if (made.type.id() != TypeId::kVarchar || !made.meaning.empty() || few == nullptr) return;
  const auto kinds = static_cast<std::int64_t>(few->size());
  if (kinds < 1 || stats.values() < 10 || stats.values() < 5 * kinds) return;
  for (const auto& [text, count] : *few) made.values.push_back(text);
}

void add_key(const ColumnStats& stats, std::int64_t records, ColumnType& made) {
  const bool may_be = is_any(made.type, {TypeId::kTinyint, TypeId::kSmallint, TypeId::kInteger,
                                         TypeId::kBigint, TypeId::kHugeint, TypeId::kUbigint,
                                         TypeId::kUinteger, TypeId::kVarchar, TypeId::kUuid});
  made.is_key = may_be && made.meaning.empty() && !made.is_time && records > 1 &&
                stats.values() == records && stats.distinct() == records &&
                stats.count(Shape::kNullWord) == 0 && stats.bytes_max() <= kKeyBytesMax;
}

/// Without words for nothing.
ColumnType base_type(const std::string& name, const ColumnStats& stats) {
  const std::int64_t comma = stats.count(Shape::kCommaDecimal);
  const std::int64_t grouped = stats.count(Shape::kGrouped);
  if (only(stats, {Shape::kInteger, Shape::kLongInteger})) {
    if (stats.texts() == stats.values()) {
      return {.type = TypeId::kVarchar, .reason = "texts of digits"};
    }
    if (stats.texts() > 0) return {.type = TypeId::kVarchar, .reason = mixture_of(stats)};
    if (stats.count(Shape::kLongInteger) > 0) {
      return {
          .type = TypeId::kVarchar,
          .reason = "up to " + std::to_string(stats.whole_digits()) + " digits, beyond a HUGEINT"};
    }
    if (names_digits(name) && stats.whole_digits() >= kDigitsMin) {
      return {.type = TypeId::kVarchar, .reason = "digits, but the name says no number"};
    }
    return whole_column(name, stats);
  }
  if (only(stats, {Shape::kInteger, Shape::kLongInteger, Shape::kDecimal, Shape::kFloat})) {
    return number_column(name, stats);
  }
  if (stats.count(Shape::kLeadingZero) + stats.count(Shape::kPlus) > 0 &&
      only(stats, {Shape::kInteger, Shape::kLongInteger, Shape::kLeadingZero, Shape::kPlus})) {
    const Shape shape = stats.count(Shape::kLeadingZero) > 0 ? Shape::kLeadingZero : Shape::kPlus;
    return {.type = TypeId::kVarchar,
            .reason = count_text(stats.count(shape)) + " " + std::string(word_of(shape)) +
                      ", such as " + stats.example(shape)};
  }
  const std::int64_t amounts = stats.count(Shape::kMoney);
  if (comma + grouped + amounts > 0 &&
      only(stats, {Shape::kInteger, Shape::kDecimal, Shape::kCommaDecimal, Shape::kGrouped,
                   Shape::kMoney})) {
    return people_number(stats);
  }
  if (only(stats, {Shape::kBoolean})) return {.type = TypeId::kBoolean};
  if (only(stats, {Shape::kDate, Shape::kTimestamp, Shape::kTimestampTz})) {
    return time_column(stats);
  }
  if (only(stats, {Shape::kTime})) return {.type = TypeId::kTime};
  if (only(stats, {Shape::kUuid})) return {.type = TypeId::kUuid};
  if (only(stats, {Shape::kDayFirst, Shape::kMonthFirst, Shape::kSlashed, Shape::kYearFirst})) {
    return slashed_column(stats);
  }
  if (only(stats, {Shape::kText})) return {.type = TypeId::kVarchar};
  if (stats.count(Shape::kObject) + stats.count(Shape::kList) > 0) {
    return {.type = TypeId::kJson, .reason = mixture_of(stats)};
  }
  return {.type = TypeId::kVarchar, .reason = mixture_of(stats)};
}

}  // namespace

std::string mixture_of(const ColumnStats& stats) {
  struct Part {
    std::string_view word;
    std::int64_t count;
    Shape first;
  };
  std::vector<Part> parts;
  for (std::size_t i = 0; i < kShapes; ++i) {
    const auto shape = static_cast<Shape>(i);
    std::int64_t count = stats.count(shape);
    if (count == 0) continue;
    // Words for nothing are texts among others.
    const std::string_view word = shape == Shape::kNullWord ? "texts" : word_of(shape);
    const auto there = std::ranges::find(parts, word, &Part::word);
    if (there != parts.end()) {
      there->count += count;
    } else {
      parts.push_back({word, count, shape});
    }
  }
  std::ranges::stable_sort(parts, std::greater<>(), &Part::count);
  std::string text;
  for (const Part& part : parts) {
    std::string word(part.word);
    if (part.count == 1 && word.ends_with('s') && word.find(' ') == word.npos) word.pop_back();
    text += (text.empty() ? "" : ", ") + count_text(part.count) + " " + word;
    const bool is_nested = part.first == Shape::kObject || part.first == Shape::kList;
    if (&part != &parts.front() && !is_nested) {
      text += " such as \"" + stats.example(part.first) + "\"";
    }
  }
  return text;
}

ColumnType type_of_column(const std::string& name, const ColumnStats& stats, std::int64_t records) {
  if (stats.values() == 0) return {.type = TypeId::kVarchar, .reason = "no value is there"};
  const std::int64_t words = stats.count(Shape::kNullWord);
  if (words == stats.values()) return {.type = TypeId::kVarchar};
  ColumnType made = base_type(name, stats);
  if (words > 0 && !is_any(made.type, {TypeId::kVarchar, TypeId::kJson})) {
    ColumnType mixed{.type = TypeId::kVarchar, .reason = mixture_of(stats)};
    const std::string type = made.type.to_string();
    mixed.meaning = "TRY_CAST({} AS " + type + ")";
    mixed.meaning_type = type;
    mixed.meaning_suffix = is_any(made.type, {TypeId::kDate})     ? "date"
                           : made.is_time && made.meaning.empty() ? "time"
                                                                  : "value";
    return mixed;
  }
  add_enumeration(stats, made);
  add_key(stats, records, made);
  return made;
}

ColumnType known_column(const std::string& name, const Type& type, const ColumnStats& stats,
                        std::int64_t records) {
  ColumnType made{.type = type};
  if (is_any(type, {TypeId::kTinyint, TypeId::kSmallint, TypeId::kInteger, TypeId::kBigint})) {
    const EpochUnit* unit = epoch_unit(name, stats);
    made.reason = bounds_text(stats);
    if (unit != nullptr) made = whole_column(name, stats);
    made.type = type;
  }
  if (is_any(type, {TypeId::kTimestamp, TypeId::kTimestampTz})) {
    made.is_time = true;
    made.disorder = delay_for(stats.disorder());
  }
  if (is_any(type, {TypeId::kDouble, TypeId::kReal}) && names_money(name)) {
    made.reason = "money, by its name: cast it to a DECIMAL before it is added up";
  }
  add_enumeration(stats, made);
  add_key(stats, records, made);
  return made;
}

}  // namespace sluice::app
