#include "sql/duckdb/value_text.h"

#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/check.h"
#include "sql/duckdb/number_text.h"
#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

using data::Type;
using data::TypeId;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// `number` with at least `width` digits.
void append_padded(std::string& out, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_date(std::string& out, std::int64_t days) {
  // DuckDB's infinities.
  if (days == std::numeric_limits<std::int32_t>::max()) {
    out += "infinity";
    return;
  }
  if (days == -std::numeric_limits<std::int32_t>::max()) {
    out += "-infinity";
    return;
  }
  const duckdb_date_struct date = duckdb_from_date({static_cast<std::int32_t>(days)});
  if (date.year < 0) out += '-';
  if (date.year > 9999) out += '+';
  append_padded(out, std::abs(date.year), 4);
  out += '-';
  append_padded(out, date.month, 2);
  out += '-';
  append_padded(out, date.day, 2);
}

/// HH:MM:SS and the fraction without its trailing zeros.
void append_time(std::string& out, std::int64_t micros) {
  const std::int64_t seconds = micros / kMicrosPerSecond;
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
  const std::int64_t fraction = micros % kMicrosPerSecond;
  if (fraction == 0) return;
  out += '.';
  append_padded(out, fraction, 6);
  while (out.back() == '0') out.pop_back();
}

void append_timestamp(std::string& out, std::int64_t micros) {
  if (micros == std::numeric_limits<std::int64_t>::max()) {
    out += "infinity";
    return;
  }
  if (micros == -std::numeric_limits<std::int64_t>::max()) {
    out += "-infinity";
    return;
  }
  std::int64_t days = micros / kMicrosPerDay;
  std::int64_t time = micros % kMicrosPerDay;
  if (time < 0) {
    time += kMicrosPerDay;
    --days;
  }
  append_date(out, days);
  out += ' ';
  append_time(out, time);
}

void append_instant(std::string& out, std::int64_t micros, const TimeZone* zone) {
  const bool shifts = zone != nullptr && duckdb_is_finite_timestamp({micros});
  append_timestamp(out, shifts ? zone->to_local(micros) : micros);
}

void append_interval(std::string& out, const duckdb_interval& interval) {
  const auto part = [&out](std::int64_t number, std::string_view unit) {
    if (number != 0) out += std::to_string(number) + ' ' + std::string(unit) + ' ';
  };
  part(interval.months / 12, "years");
  part(interval.months % 12, "months");
  part(interval.days, "days");
  if (interval.micros < 0) out += '-';
  append_time(out, std::abs(interval.micros));
}

void append_blob(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  out += '[';
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i > 0) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  out += ']';
}

void append_uuid(std::string& out, const duckdb_hugeint& value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  // DuckDB flips the highest bit so that UUIDs sort as signed numbers.
  const std::uint64_t halves[] = {static_cast<std::uint64_t>(value.upper) ^ (1ULL << 63),
                                  value.lower};
  for (std::size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += kDigits[(halves[i / 16] >> (60 - 4 * (i % 16))) & 15];
  }
}

template <class T>
const T& slot(duckdb_vector vector, std::uint64_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

__int128 read_hugeint(const duckdb_hugeint& value) {
  return static_cast<__int128>((static_cast<unsigned __int128>(value.upper) << 64) | value.lower);
}

__int128 read_decimal(duckdb_vector vector, const Type& type, std::uint64_t row) {
  if (type.width() <= 4) return slot<std::int16_t>(vector, row);
  if (type.width() <= 9) return slot<std::int32_t>(vector, row);
  if (type.width() <= 18) return slot<std::int64_t>(vector, row);
  return read_hugeint(slot<duckdb_hugeint>(vector, row));
}

void append_nested(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                   const TimeZone* zone) {
  if (is_null(vector, row)) {
    out += "NULL";
  } else {
    append_text(out, vector, type, row, zone);
  }
}

void append_struct(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                   const TimeZone* zone) {
  out += '{';
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    if (i > 0) out += ", ";
    append_nested(out, duckdb_struct_vector_get_child(vector, i), type.children()[i].type, row,
                  zone);
  }
  out += '}';
}

void append_list(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                 const TimeZone* zone) {
  const auto entry = slot<duckdb_list_entry>(vector, row);
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  out += '[';
  for (std::uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ", ";
    append_nested(out, child, type.children()[0].type, entry.offset + i, zone);
  }
  out += ']';
}

void append_map(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                const TimeZone* zone) {
  const auto entry = slot<duckdb_list_entry>(vector, row);
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  out += '{';
  for (std::uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ", ";
    const std::uint64_t at = entry.offset + i;
    append_nested(out, duckdb_struct_vector_get_child(child, 0), type.children()[0].type, at, zone);
    out += " -> ";
    append_nested(out, duckdb_struct_vector_get_child(child, 1), type.children()[1].type, at, zone);
  }
  out += '}';
}

/// Numbers; false for other types.
bool append_number(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row) {
  switch (type.id()) {
    case TypeId::kTinyint:
      out += std::to_string(slot<std::int8_t>(vector, row));
      return true;
    case TypeId::kSmallint:
      out += std::to_string(slot<std::int16_t>(vector, row));
      return true;
    case TypeId::kInteger:
      out += std::to_string(slot<std::int32_t>(vector, row));
      return true;
    case TypeId::kBigint:
      out += std::to_string(slot<std::int64_t>(vector, row));
      return true;
    case TypeId::kUtinyint:
      out += std::to_string(slot<std::uint8_t>(vector, row));
      return true;
    case TypeId::kUsmallint:
      out += std::to_string(slot<std::uint16_t>(vector, row));
      return true;
    case TypeId::kUinteger:
      out += std::to_string(slot<std::uint32_t>(vector, row));
      return true;
    case TypeId::kUbigint:
      out += std::to_string(slot<std::uint64_t>(vector, row));
      return true;
    case TypeId::kHugeint:
      append_decimal(out, read_hugeint(slot<duckdb_hugeint>(vector, row)), 0);
      return true;
    case TypeId::kReal:
      append_float(out, slot<float>(vector, row));
      return true;
    case TypeId::kDouble:
      append_double(out, slot<double>(vector, row));
      return true;
    case TypeId::kDecimal:
      append_decimal(out, read_decimal(vector, type, row), type.scale());
      return true;
    default:
      return false;
  }
}

}  // namespace

void append_timestamp_text(std::string& out, std::int64_t micros) { append_timestamp(out, micros); }
void append_date_text(std::string& out, std::int32_t days) { append_date(out, days); }
void append_time_text(std::string& out, std::int64_t micros) { append_time(out, micros); }
void append_uuid_text(std::string& out, const duckdb_hugeint& uuid) { append_uuid(out, uuid); }

bool is_null(duckdb_vector vector, std::uint64_t row) {
  std::uint64_t* const validity = duckdb_vector_get_validity(vector);
  return validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1) == 0;
}

void append_text(std::string& out, duckdb_vector vector, const Type& type, std::uint64_t row,
                 const TimeZone* zone) {
  if (append_number(out, vector, type, row)) return;
  switch (type.id()) {
    case TypeId::kBoolean:
      out += slot<bool>(vector, row) ? "true" : "false";
      return;
    case TypeId::kVarchar:
    case TypeId::kJson:
      out += bytes_at(vector, row);
      return;
    case TypeId::kBlob:
      append_blob(out, bytes_at(vector, row));
      return;
    case TypeId::kUuid:
      append_uuid(out, slot<duckdb_hugeint>(vector, row));
      return;
    case TypeId::kDate:
      append_date(out, slot<std::int32_t>(vector, row));
      return;
    case TypeId::kTime:
      append_time(out, slot<std::int64_t>(vector, row));
      return;
    case TypeId::kTimestamp:
      append_timestamp(out, slot<std::int64_t>(vector, row));
      return;
    case TypeId::kTimestampTz:
      append_instant(out, slot<std::int64_t>(vector, row), zone);
      return;
    case TypeId::kInterval:
      append_interval(out, slot<duckdb_interval>(vector, row));
      return;
    case TypeId::kStruct:
      append_struct(out, vector, type, row, zone);
      return;
    case TypeId::kList:
      append_list(out, vector, type, row, zone);
      return;
    case TypeId::kMap:
      append_map(out, vector, type, row, zone);
      return;
    default:
      SLUICE_CHECK(false && "cast to VARCHAR first");
  }
}

}  // namespace sluice::sql
