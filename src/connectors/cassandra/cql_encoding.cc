#include "connectors/cassandra/cql_encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include <arpa/inet.h>

#include "connectors/cassandra/cql_number.h"
#include "data/vector_writer.h"

namespace sluice::connectors::cassandra {
namespace {

using data::TypeId;
using data::VectorReader;

bool is_integer(TypeId id) {
  switch (id) {
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kHugeint:
    case TypeId::kUtinyint:
    case TypeId::kUsmallint:
    case TypeId::kUinteger:
    case TypeId::kUbigint:
      return true;
    default:
      return false;
  }
}

/// An integer, or a DECIMAL's digits.
Int128 number_at(const data::Type& type, const VectorReader& vector, std::uint64_t row) {
  switch (type.id()) {
    case TypeId::kTinyint:
      return vector.at<std::int8_t>(row);
    case TypeId::kSmallint:
      return vector.at<std::int16_t>(row);
    case TypeId::kInteger:
      return vector.at<std::int32_t>(row);
    case TypeId::kBigint:
      return vector.at<std::int64_t>(row);
    case TypeId::kUtinyint:
      return vector.at<std::uint8_t>(row);
    case TypeId::kUsmallint:
      return vector.at<std::uint16_t>(row);
    case TypeId::kUinteger:
      return vector.at<std::uint32_t>(row);
    case TypeId::kUbigint:
      return vector.at<std::uint64_t>(row);
    case TypeId::kDecimal:
      if (type.width() <= 4) return vector.at<std::int16_t>(row);
      if (type.width() <= 9) return vector.at<std::int32_t>(row);
      if (type.width() <= 18) return vector.at<std::int64_t>(row);
      return vector.at<Int128>(row);
    default:
      return vector.at<Int128>(row);
  }
}

template <class T>
CqlProblem append_checked(std::string& out, Int128 value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    return CqlProblem::kNumberTooLarge;
  }
  append_big_endian(out, static_cast<std::make_unsigned_t<T>>(static_cast<T>(value)));
  return CqlProblem::kNone;
}

CqlProblem append_text(std::string& out, const CqlType& to, std::string_view text) {
  const bool is_ascii = std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
  if (to.name == "ascii" && !is_ascii) return CqlProblem::kNotAscii;
  out += text;
  return CqlProblem::kNone;
}

/// Infinities are the greatest and least numbers of SQL's dates and times.
template <class T>
bool is_infinite(T value) {
  return value == std::numeric_limits<T>::max() || value == -std::numeric_limits<T>::max();
}

CqlProblem append_date(std::string& out, std::int32_t days) {
  if (is_infinite(days)) return CqlProblem::kInfinite;
  append_big_endian(out, static_cast<std::uint32_t>(days) + (std::uint32_t{1} << 31U));
  return CqlProblem::kNone;
}

CqlProblem append_time(std::string& out, std::int64_t micros) {
  constexpr std::int64_t kDayMicros = std::int64_t{24} * 3600 * 1'000'000;
  if (micros >= kDayMicros) return CqlProblem::kEndOfDay;
  append_big_endian(out, static_cast<std::uint64_t>(micros * 1000));
  return CqlProblem::kNone;
}

CqlProblem append_timestamp(std::string& out, std::int64_t micros) {
  if (is_infinite(micros)) return CqlProblem::kInfinite;
  if (micros % 1000 != 0) return CqlProblem::kNotWholeMillis;
  append_big_endian(out, static_cast<std::uint64_t>(micros / 1000));
  return CqlProblem::kNone;
}

CqlProblem append_duration(std::string& out, std::int32_t months, std::int32_t days,
                           std::int64_t nanos) {
  const bool negative = months < 0 || days < 0 || nanos < 0;
  const bool positive = months > 0 || days > 0 || nanos > 0;
  if (negative && positive) return CqlProblem::kMixedSigns;
  append_vint(out, months);
  append_vint(out, days);
  append_vint(out, nanos);
  return CqlProblem::kNone;
}

CqlProblem append_interval(std::string& out, const data::Type& from, const VectorReader& vector,
                           std::uint64_t row) {
  if (from.id() == TypeId::kStruct) {
    for (const VectorReader& part : vector.children) {
      if (part.is_null(row)) return CqlProblem::kNullInside;
    }
    return append_duration(out, vector.children[0].at<std::int32_t>(row),
                           vector.children[1].at<std::int32_t>(row),
                           vector.children[2].at<std::int64_t>(row));
  }
  const auto interval = vector.at<data::IntervalSlot>(row);
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(interval.micros, std::int64_t{1000}, &nanos)) {
    return CqlProblem::kNumberTooLarge;
  }
  return append_duration(out, interval.months, interval.days, nanos);
}

CqlProblem append_uuid(std::string& out, const CqlType& to, Uint128 value) {
  const Uint128 bytes = value ^ (Uint128{1} << 127U);
  const auto version = static_cast<unsigned>(bytes >> 76U) & 0xfU;
  if (to.id == CqlId::kTimeuuid && version != 1) return CqlProblem::kNotATimeuuid;
  append_big_endian(out, bytes);
  return CqlProblem::kNone;
}

CqlProblem append_inet(std::string& out, const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    out.append(bytes.data(), 4);
  } else if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    out.append(bytes.data(), bytes.size());
  } else {
    return CqlProblem::kNotAnAddress;
  }
  return CqlProblem::kNone;
}

/// An element, which must be there.
CqlProblem append_element(std::string& out, const CqlType& to, const data::Type& from,
                          const VectorReader& vector, std::uint64_t row) {
  return vector.is_null(row) ? CqlProblem::kNullInside : append_cell(out, to, from, vector, row);
}

CqlProblem append_elements(std::string& out, const CqlType& to, const data::Type& from,
                           const VectorReader& vector, std::uint64_t row) {
  const auto slot = vector.at<data::ListSlot>(row);
  append_big_endian(out, static_cast<std::uint32_t>(slot.length));
  for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
    CqlProblem problem = CqlProblem::kNone;
    if (to.id == CqlId::kMap) {
      const VectorReader& entry = vector.children[0];
      problem = append_element(out, to.children[0], from.children()[0].type, entry.children[0], i);
      if (problem == CqlProblem::kNone) {
        problem =
            append_element(out, to.children[1], from.children()[1].type, entry.children[1], i);
      }
    } else {
      problem = append_element(out, to.children[0], from.children()[0].type, vector.children[0], i);
    }
    if (problem != CqlProblem::kNone) return problem;
  }
  return CqlProblem::kNone;
}

CqlProblem append_vector(std::string& out, const CqlType& to, const data::Type& from,
                         const VectorReader& vector, std::uint64_t row) {
  const auto slot = vector.at<data::ListSlot>(row);
  if (slot.length != to.dimensions) return CqlProblem::kWrongLength;
  std::string element;
  for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
    if (vector.children[0].is_null(i)) return CqlProblem::kNullInside;
    element.clear();
    const CqlProblem problem =
        append_value(element, to.children[0], from.children()[0].type, vector.children[0], i);
    if (problem != CqlProblem::kNone) return problem;
    if (fixed_bytes(to.children[0]) == 0) append_unsigned_vint(out, element.size());
    out += element;
  }
  return CqlProblem::kNone;
}

/// The field of `from` that becomes field `index` of `to`; null: it stays unset.
std::optional<std::size_t> field_for(const CqlType& to, std::size_t index, const data::Type& from) {
  if (to.id == CqlId::kTuple) return index;
  const int found = data::Schema(from.children()).find(to.names[index]);
  if (found < 0) return std::nullopt;
  return static_cast<std::size_t>(found);
}

CqlProblem append_fields(std::string& out, const CqlType& to, const data::Type& from,
                         const VectorReader& vector, std::uint64_t row) {
  for (std::size_t i = 0; i < to.children.size(); ++i) {
    const auto field = field_for(to, i, from);
    if (!field) {
      append_big_endian(out, static_cast<std::uint32_t>(kNullCell));
      continue;
    }
    const CqlProblem problem = append_cell(out, to.children[i], from.children()[*field].type,
                                           vector.children[*field], row);
    if (problem != CqlProblem::kNone) return problem;
  }
  return CqlProblem::kNone;
}

std::optional<std::string> cannot_hold_fields(const CqlType& to, const data::Type& from) {
  if (from.id() != TypeId::kStruct) return "a STRUCT";
  if (to.id == CqlId::kTuple && from.children().size() != to.children.size()) {
    return "a STRUCT of " + std::to_string(to.children.size()) + " fields";
  }
  for (std::size_t i = 0; i < to.children.size(); ++i) {
    const auto field = field_for(to, i, from);
    if (!field) continue;
    if (auto why = cannot_hold(to.children[i], from.children()[*field].type)) return why;
  }
  for (const data::Field& field : from.children()) {
    if (to.id == CqlId::kTuple) break;
    if (std::ranges::find(to.names, field.name) == to.names.end()) {
      return "a STRUCT without the field '" + field.name + "', which " + to.to_string() + " lacks";
    }
  }
  return std::nullopt;
}

std::optional<std::string> unless(bool fits, const char* wanted) {
  return fits ? std::nullopt : std::optional<std::string>(wanted);
}

}  // namespace

std::string problem_text(CqlProblem problem) {
  switch (problem) {
    case CqlProblem::kNumberTooLarge:
      return "the number does not fit the column";
    case CqlProblem::kNotAscii:
      return "the text is not ASCII; make the column text";
    case CqlProblem::kNotWholeMillis:
      return "the time has parts of a millisecond, which a CQL timestamp has not; write "
             "date_trunc('milliseconds', ...) in the view";
    case CqlProblem::kInfinite:
      return "the date or time is infinite, which CQL has not; write nullif(column, 'infinity') in "
             "the view, or another date";
    case CqlProblem::kEndOfDay:
      return "the time is 24:00:00, which CQL has not; write 00:00:00 of the next day in the view";
    case CqlProblem::kNotATimeuuid:
      return "the UUID is not of version 1, as a timeuuid is; make the column uuid";
    case CqlProblem::kNotAnAddress:
      return "the text is no IP address";
    case CqlProblem::kWrongLength:
      return "the list does not have as many elements as the vector has dimensions";
    case CqlProblem::kNullInside:
      return "there is a NULL in a collection, vector, or duration, where CQL has none";
    case CqlProblem::kMixedSigns:
      return "months, days and time of the interval have different signs";
    default:
      return "the value is larger than 2 GiB";
  }
}

std::optional<std::string> cannot_hold(const CqlType& to, const data::Type& from) {
  const TypeId id = from.id();
  switch (to.id) {
    case CqlId::kText:
      return unless(id == TypeId::kVarchar || id == TypeId::kJson, "VARCHAR");
    case CqlId::kInet:
      return unless(id == TypeId::kVarchar, "VARCHAR");
    case CqlId::kBlob:
      return unless(id == TypeId::kBlob, "BLOB");
    case CqlId::kBoolean:
      return unless(id == TypeId::kBoolean, "BOOLEAN");
    case CqlId::kTinyint:
    case CqlId::kSmallint:
    case CqlId::kInt:
    case CqlId::kBigint:
      return unless(is_integer(id), "an integer");
    case CqlId::kVarint:
      return unless(is_integer(id) || (id == TypeId::kDecimal && from.scale() == 0), "an integer");
    case CqlId::kDecimal:
      return unless(is_integer(id) || id == TypeId::kDecimal, "DECIMAL or an integer");
    case CqlId::kFloat:
      return unless(id == TypeId::kReal, "REAL");
    case CqlId::kDouble:
      return unless(id == TypeId::kDouble || id == TypeId::kReal, "DOUBLE");
    case CqlId::kTimestamp:
      return unless(id == TypeId::kTimestampTz || id == TypeId::kTimestamp, "TIMESTAMPTZ");
    case CqlId::kDate:
      return unless(id == TypeId::kDate, "DATE");
    case CqlId::kTime:
      return unless(id == TypeId::kTime, "TIME");
    case CqlId::kDuration:
      return unless(id == TypeId::kInterval || !cannot_be(to, from), "INTERVAL");
    case CqlId::kUuid:
    case CqlId::kTimeuuid:
      return unless(id == TypeId::kUuid, "UUID");
    case CqlId::kList:
    case CqlId::kSet:
    case CqlId::kVector:
      if (id != TypeId::kList) return "a list";
      return cannot_hold(to.children[0], from.children()[0].type);
    case CqlId::kMap:
      if (id != TypeId::kMap) return "a MAP";
      if (auto why = cannot_hold(to.children[0], from.children()[0].type)) return why;
      return cannot_hold(to.children[1], from.children()[1].type);
    case CqlId::kTuple:
    case CqlId::kUdt:
      return cannot_hold_fields(to, from);
    case CqlId::kCounter:
      break;
  }
  return "nothing, since counters cannot be set";
}

CqlProblem append_value(std::string& out, const CqlType& to, const data::Type& from,
                        const VectorReader& vector, std::uint64_t row) {
  switch (to.id) {
    case CqlId::kText:
      return append_text(out, to, vector.text(row));
    case CqlId::kBlob:
      out += vector.text(row);
      return CqlProblem::kNone;
    case CqlId::kInet:
      return append_inet(out, std::string(vector.text(row)));
    case CqlId::kBoolean:
      out += vector.at<std::uint8_t>(row) != 0 ? '\1' : '\0';
      return CqlProblem::kNone;
    case CqlId::kTinyint:
      return append_checked<std::int8_t>(out, number_at(from, vector, row));
    case CqlId::kSmallint:
      return append_checked<std::int16_t>(out, number_at(from, vector, row));
    case CqlId::kInt:
      return append_checked<std::int32_t>(out, number_at(from, vector, row));
    case CqlId::kBigint:
      return append_checked<std::int64_t>(out, number_at(from, vector, row));
    case CqlId::kVarint:
      append_varint(out, number_at(from, vector, row));
      return CqlProblem::kNone;
    case CqlId::kDecimal:
      append_big_endian(
          out, static_cast<std::uint32_t>(from.id() == TypeId::kDecimal ? from.scale() : 0));
      append_varint(out, number_at(from, vector, row));
      return CqlProblem::kNone;
    case CqlId::kFloat:
      append_big_endian(out, std::bit_cast<std::uint32_t>(vector.at<float>(row)));
      return CqlProblem::kNone;
    case CqlId::kDouble: {
      const double value =
          from.id() == TypeId::kReal ? vector.at<float>(row) : vector.at<double>(row);
      append_big_endian(out, std::bit_cast<std::uint64_t>(value));
      return CqlProblem::kNone;
    }
    case CqlId::kTimestamp:
      return append_timestamp(out, vector.at<std::int64_t>(row));
    case CqlId::kDate:
      return append_date(out, vector.at<std::int32_t>(row));
    case CqlId::kTime:
      return append_time(out, vector.at<std::int64_t>(row));
    case CqlId::kDuration:
      return append_interval(out, from, vector, row);
    case CqlId::kUuid:
    case CqlId::kTimeuuid:
      return append_uuid(out, to, vector.at<Uint128>(row));
    case CqlId::kList:
    case CqlId::kSet:
    case CqlId::kMap:
      return append_elements(out, to, from, vector, row);
    case CqlId::kVector:
      return append_vector(out, to, from, vector, row);
    default:
      return append_fields(out, to, from, vector, row);
  }
}

CqlProblem append_cell(std::string& out, const CqlType& to, const data::Type& from,
                       const VectorReader& vector, std::uint64_t row) {
  const std::size_t begin = out.size();
  append_big_endian(out, static_cast<std::uint32_t>(kNullCell));
  if (vector.is_null(row)) return CqlProblem::kNone;
  const CqlProblem problem = append_value(out, to, from, vector, row);
  if (problem != CqlProblem::kNone) return problem;
  const std::size_t bytes = out.size() - begin - 4;
  if (bytes > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return CqlProblem::kTooLarge;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    out[begin + i] = static_cast<char>(static_cast<unsigned char>(bytes >> (24 - 8 * i)));
  }
  return CqlProblem::kNone;
}

}  // namespace sluice::connectors::cassandra
