#include "lake/value_text.h"

#include <algorithm>
#include <cctype>

#include "lake/json_text.h"

namespace sluice::lake {
namespace {

using data::Type;
using data::TypeId;

/// Delta's readers and writers agree on this length.
constexpr std::size_t kTextCharactersMax = 32;

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// `2024-01-02`, four digits of year: neither infinity nor BC.
bool is_date(std::string_view text) {
  return text.size() == 10 && digits(text.substr(0, 4)) && text[4] == '-' &&
         digits(text.substr(5, 2)) && text[7] == '-' && digits(text.substr(8, 2));
}

/// `2024-01-02 03:04:05[.123456][+00]` taken apart.
struct TimeText {
  std::string_view date;
  std::string_view time;  // 03:04:05
  int micros = 0;
};

std::optional<TimeText> read_time(std::string_view text) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  if (text.size() < 19 || !is_date(text.substr(0, 10)) || text[10] != ' ') return std::nullopt;
  TimeText out{text.substr(0, 10), text.substr(11, 8), 0};
  if (!digits(out.time.substr(0, 2)) || out.time[2] != ':' || out.time[5] != ':') {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(19);
  if (rest.empty()) return out;
  if (rest[0] != '.' || rest.size() > 7 || !digits(rest.substr(1))) return std::nullopt;
  std::string fraction(rest.substr(1));
  fraction.resize(6, '0');
  out.micros = std::stoi(fraction);
  return out;
}

/// `value` with zeros in front.
std::string padded(int value, std::size_t width) {
  std::string out = std::to_string(value);
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  return out;
}

Error no_text(std::string_view value) {
  return user_error("partition value " + std::string(value) +
                    " has no text in Delta (infinity, BC, a year above 9999); filter such rows out "
                    "of the view");
}

std::string float_text(const std::string& value) {
  if (value == "nan" || value == "-nan") return "NaN";
  if (value == "inf") return "Infinity";
  if (value == "-inf") return "-Infinity";
  return value;
}

/// The first kTextCharactersMax characters; UTF-8 is never cut inside one.
std::string_view text_prefix(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && characters++ == kTextCharactersMax) return text.substr(0, i);
  }
  return text;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

/// JSON knows neither a leading plus nor `.5` nor `5.`; DuckDB prints none of them, but a bound
/// that is not JSON would break the whole entry.
std::optional<std::string> number_json(std::string_view text) {
  const std::string_view whole = text.starts_with('-') ? text.substr(1) : text;
  if (!is_number(text) || !std::isdigit(static_cast<unsigned char>(whole.front())) ||
      !std::isdigit(static_cast<unsigned char>(whole.back()))) {
    return std::nullopt;
  }
  return std::string(text);
}

/// To the millisecond, downwards or upwards.
std::optional<std::string> time_json(std::string_view text, bool zoned, bool upwards) {
  const std::optional<TimeText> parts = read_time(text);
  if (!parts) return std::nullopt;
  int millis = parts->micros / 1000;
  if (upwards && parts->micros % 1000 != 0) ++millis;
  if (millis == 1000) return std::nullopt;  // a carry into the date: no bound is a right bound
  return json_quoted(std::string(parts->date) + "T" + std::string(parts->time) + "." +
                     padded(millis, 3) + (zoned ? "Z" : ""));
}

std::optional<std::string> bound_json(const Type& type, std::string_view value, bool upwards) {
  switch (type.id()) {
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kDecimal:
    case TypeId::kReal:
    case TypeId::kDouble:
      return number_json(value);
    case TypeId::kDate:
      return is_date(value) ? std::optional(json_quoted(value)) : std::nullopt;
    case TypeId::kTimestamp:
      return time_json(value, false, upwards);
    case TypeId::kTimestampTz:
      return time_json(value, true, upwards);
    case TypeId::kVarchar: {
      const std::string_view prefix = text_prefix(value);
      if (prefix.size() == value.size() || !upwards) return json_quoted(prefix);
      return json_quoted(std::string(prefix) + "\U0010FFFF");
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<std::optional<std::string>> partition_text(const Type& type,
                                                  const std::optional<std::string>& value) {
  if (!value) return std::optional<std::string>();
  switch (type.id()) {
    case TypeId::kVarchar:
    case TypeId::kJson:
      return value->empty() ? std::optional<std::string>() : value;
    case TypeId::kReal:
    case TypeId::kDouble:
      return std::optional(float_text(*value));
    case TypeId::kDate:
      if (!is_date(*value)) return no_text(*value);
      return value;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz: {
      const std::optional<TimeText> parts = read_time(*value);
      if (!parts) return no_text(*value);
      const bool zoned = type.id() == TypeId::kTimestampTz;
      std::string out(parts->date);
      out += zoned ? 'T' : ' ';
      out += parts->time;
      out += '.' + padded(parts->micros, 6);
      if (zoned) out += 'Z';
      return std::optional(std::move(out));
    }
    default:
      return value;
  }
}

std::optional<std::string> minimum_json(const Type& type, std::string_view value) {
  return bound_json(type, value, false);
}

std::optional<std::string> maximum_json(const Type& type, std::string_view value) {
  return bound_json(type, value, true);
}

}  // namespace sluice::lake
