#include "sql/functions/json_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "formats/binary_text.h"
#include "formats/json_compact.h"
#include "formats/json_path.h"
#include "sql/duckdb/number_text.h"
#include "sql/duckdb/scalar_function.h"
#include "sql/duckdb/value_text.h"

namespace sluice::sql {
namespace {

using data::Type;
using data::TypeId;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

template <class T>
T slot(duckdb_vector vector, std::uint64_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

/// Of a NULL that nobody gave a type.
bool is_always_null(const Type& type) {
  return type.id() == TypeId::kOther && type.to_string() == "NULL";
}

template <class Float>
void append_floating(std::string& out, Float value) {
  const bool quoted = !std::isfinite(value);
  if (quoted) out += '"';
  if constexpr (sizeof(Float) == 4) {
    append_float(out, value);
  } else {
    append_double(out, value);
  }
  if (quoted) out += '"';
}

/// A decimal's plain digits as Java's BigDecimal.toString has them: 0.0000001 is 1E-7.
void append_big_decimal(std::string& out, std::string_view plain, int scale) {
  const bool negative = plain.starts_with('-');
  const std::size_t first = plain.find_first_of("123456789");
  // The digits without point and leading zeros; of zero itself one.
  std::string digits;
  for (const char c : plain.substr(std::min(first, plain.size()))) {
    if (c != '.') digits += c;
  }
  if (digits.empty()) digits = "0";
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) {
    out += plain;
    return;
  }
  if (negative) out += '-';
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  out += "E" + std::to_string(exponent);
}

/// +05:30; `short_form`: +05 where there are no minutes.
void append_offset(std::string& out, std::int32_t seconds, bool short_form) {
  const auto two = [&out](std::int32_t number) {
    if (number < 10) out += '0';
    out += std::to_string(number);
  };
  out += seconds < 0 ? '-' : '+';
  const std::int32_t positive = std::abs(seconds);
  two(positive / 3600);
  if (!short_form || positive % 3600 != 0) {
    out += ':';
    two(positive / 60 % 60);
  }
  if (positive % 60 != 0) {
    out += ':';
    two(positive % 60);
  }
}

void append_time(std::string& out, std::int64_t micros, bool zoned, const JsonStyle& style) {
  constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();
  const bool finite = micros != kInfinity && micros != -kInfinity;
  const std::int32_t offset = zoned && finite ? style.zone.offset_at(micros) : 0;
  std::string text;
  append_timestamp_text(text, finite ? micros + offset * kMicrosPerSecond : micros);
  if (style.spark && finite) {
    text[text.find(' ')] = 'T';
    const std::size_t point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(3, '0');
    text = text.substr(0, point) + "." + fraction;
  }
  out += '"' + text;
  if (zoned && finite) {
    if (style.spark && offset == 0) {
      out += 'Z';
    } else {
      append_offset(out, offset, !style.spark);
    }
  }
  out += '"';
}

bool append_value(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                  const JsonStyle& style) {
  if (!is_null(vector, row)) return append_json(out, vector, type, row, style);
  out += "null";
  return true;
}

bool append_object(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                   const JsonStyle& style) {
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    const duckdb_vector child = duckdb_struct_vector_get_child(vector, i);
    if (style.spark && is_null(child, row)) continue;
    if (!first) out += ',';
    first = false;
    formats::append_json_string(out, type.children()[i].name);
    out += ':';
    if (!append_value(out, child, type.children()[i].type, row, style)) return false;
  }
  out += '}';
  return true;
}

bool append_array(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                  const JsonStyle& style) {
  const auto entry = slot<duckdb_list_entry>(vector, row);
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  out += '[';
  for (std::uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ',';
    if (!append_value(out, child, type.children()[0].type, entry.offset + i, style)) return false;
  }
  out += ']';
  return true;
}

bool append_map(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                const JsonStyle& style) {
  const auto entry = slot<duckdb_list_entry>(vector, row);
  const duckdb_vector entries = duckdb_list_vector_get_child(vector);
  const Type& key = type.children()[0].type;
  out += '{';
  for (std::uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (i > entry.offset) out += ',';
    std::string name;
    const duckdb_vector keys = duckdb_struct_vector_get_child(entries, 0);
    if (key.id() == TypeId::kBlob) {
      formats::append_base64(name, bytes_at(keys, i));
    } else {
      append_text(name, keys, key, i);
    }
    formats::append_json_string(out, name);
    out += ':';
    const duckdb_vector values = duckdb_struct_vector_get_child(entries, 1);
    if (!append_value(out, values, type.children()[1].type, i, style)) return false;
  }
  out += '}';
  return true;
}

void append_decimal_value(std::string& out, duckdb_vector vector, const Type& type,
                          std::uint64_t row, const JsonStyle& style) {
  std::string plain;
  append_text(plain, vector, type, row);
  if (style.spark) {
    append_big_decimal(out, plain, type.scale());
  } else {
    out += plain;
  }
}

}  // namespace

bool append_json(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                 const JsonStyle& style) {
  switch (type.id()) {
    case TypeId::kReal:
      append_floating(out, slot<float>(vector, row));
      return true;
    case TypeId::kDouble:
      append_floating(out, slot<double>(vector, row));
      return true;
    case TypeId::kDecimal:
      append_decimal_value(out, vector, type, row, style);
      return true;
    case TypeId::kVarchar:
      formats::append_json_string(out, bytes_at(vector, row));
      return true;
    case TypeId::kJson:
      out += formats::without_blanks(bytes_at(vector, row));
      return true;
    case TypeId::kBlob:
      out += '"';
      formats::append_base64(out, bytes_at(vector, row));
      out += '"';
      return true;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      append_time(out, slot<std::int64_t>(vector, row), type.id() == TypeId::kTimestampTz, style);
      return true;
    case TypeId::kUuid:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kInterval:
      out += '"';
      append_text(out, vector, type, row);
      out += '"';
      return true;
    case TypeId::kStruct:
      return append_object(out, vector, type, row, style);
    case TypeId::kList:
      return append_array(out, vector, type, row, style);
    case TypeId::kMap:
      return append_map(out, vector, type, row, style);
    case TypeId::kOther:
      out += "null";
      return is_always_null(type);
    default:
      // Whole numbers and booleans.
      append_text(out, vector, type, row);
      return true;
  }
}

bool has_json(const Type& type) {
  if (is_always_null(type)) return true;
  return type.id() != TypeId::kOther &&
         std::ranges::all_of(type.children(),
                             [](const data::Field& child) { return has_json(child.type); });
}

}  // namespace sluice::sql
