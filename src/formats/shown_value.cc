#include "formats/shown_value.h"

#include <string_view>

#include "base/check.h"
#include "formats/binary_text.h"
#include "formats/number_writer.h"
#include "formats/time_writer.h"

namespace sluice::formats {
namespace {

using data::Type;
using data::TypeId;
using data::VectorReader;

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

void append_nested(std::string& out, const VectorReader& vector, const Type& type,
                   std::uint64_t row, const TimeZone* zone) {
  if (vector.is_null(row)) {
    out += "NULL";
  } else {
    append_shown(out, vector, type, row, zone);
  }
}

void append_struct(std::string& out, const VectorReader& vector, const Type& type,
                   std::uint64_t row, const TimeZone* zone) {
  out += '{';
  for (std::size_t i = 0; i < type.children().size(); ++i) {
    if (i > 0) out += ", ";
    append_nested(out, vector.children[i], type.children()[i].type, row, zone);
  }
  out += '}';
}

void append_list(std::string& out, const VectorReader& vector, const Type& type, std::uint64_t row,
                 const TimeZone* zone) {
  const auto slot = vector.at<data::ListSlot>(row);
  out += '[';
  for (std::uint64_t i = 0; i < slot.length; ++i) {
    if (i > 0) out += ", ";
    append_nested(out, vector.children[0], type.children()[0].type, slot.offset + i, zone);
  }
  out += ']';
}

void append_map(std::string& out, const VectorReader& vector, const Type& type, std::uint64_t row,
                const TimeZone* zone) {
  const auto slot = vector.at<data::ListSlot>(row);
  const VectorReader& entries = vector.children[0];
  out += '{';
  for (std::uint64_t i = 0; i < slot.length; ++i) {
    if (i > 0) out += ", ";
    const std::uint64_t at = slot.offset + i;
    append_nested(out, entries.children[0], type.children()[0].type, at, zone);
    out += " -> ";
    append_nested(out, entries.children[1], type.children()[1].type, at, zone);
  }
  out += '}';
}

/// Numbers; false for other types.
bool append_number(std::string& out, const VectorReader& vector, const Type& type,
                   std::uint64_t row) {
  switch (type.id()) {
    case TypeId::kTinyint:
      append_integer(out, std::int64_t{vector.at<std::int8_t>(row)});
      return true;
    case TypeId::kSmallint:
      append_integer(out, std::int64_t{vector.at<std::int16_t>(row)});
      return true;
    case TypeId::kInteger:
      append_integer(out, std::int64_t{vector.at<std::int32_t>(row)});
      return true;
    case TypeId::kBigint:
      append_integer(out, vector.at<std::int64_t>(row));
      return true;
    case TypeId::kUtinyint:
      append_integer(out, std::uint64_t{vector.at<std::uint8_t>(row)});
      return true;
    case TypeId::kUsmallint:
      append_integer(out, std::uint64_t{vector.at<std::uint16_t>(row)});
      return true;
    case TypeId::kUinteger:
      append_integer(out, std::uint64_t{vector.at<std::uint32_t>(row)});
      return true;
    case TypeId::kUbigint:
      append_integer(out, vector.at<std::uint64_t>(row));
      return true;
    case TypeId::kHugeint:
      append_decimal(out, vector.at<Int128>(row), 0);
      return true;
    case TypeId::kReal:
      append_float(out, vector.at<float>(row));
      return true;
    case TypeId::kDouble:
      append_double(out, vector.at<double>(row));
      return true;
    case TypeId::kDecimal:
      append_decimal(out, decimal_at(vector, type.width(), row), type.scale());
      return true;
    default:
      return false;
  }
}

void append_instant(std::string& out, std::int64_t micros, const TimeZone* zone) {
  const bool shifts = zone != nullptr && is_finite_timestamp(micros);
  append_timestamp(out, shifts ? zone->to_local(micros) : micros);
}

}  // namespace

void append_shown(std::string& out, const VectorReader& vector, const Type& type, std::uint64_t row,
                  const TimeZone* zone) {
  if (append_number(out, vector, type, row)) return;
  switch (type.id()) {
    case TypeId::kBoolean:
      out += vector.at<std::uint8_t>(row) != 0 ? "true" : "false";
      return;
    case TypeId::kVarchar:
    case TypeId::kJson:
      out += vector.text(row);
      return;
    case TypeId::kBlob:
      append_blob(out, vector.text(row));
      return;
    case TypeId::kUuid:
      append_uuid(out, vector.at<Int128>(row));
      return;
    case TypeId::kDate:
      append_date(out, vector.at<std::int32_t>(row));
      return;
    case TypeId::kTime:
      append_time(out, vector.at<std::int64_t>(row));
      return;
    case TypeId::kTimestamp:
      append_timestamp(out, vector.at<std::int64_t>(row));
      return;
    case TypeId::kTimestampTz:
      append_instant(out, vector.at<std::int64_t>(row), zone);
      return;
    case TypeId::kInterval:
      append_interval(out, vector.at<data::IntervalSlot>(row));
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

}  // namespace sluice::formats
