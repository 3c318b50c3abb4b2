#include "connectors/cassandra/cql_value.h"

#include <array>
#include <bit>
#include <limits>

#include <arpa/inet.h>

#include "connectors/cassandra/cql_number.h"
#include "data/vector_reader.h"

namespace sluice::connectors::cassandra {
namespace {

using data::TypeId;
using data::VectorWriter;

constexpr std::int64_t kNanosPerMicro = 1000;
constexpr std::int64_t kMicrosPerMilli = 1000;
constexpr std::int64_t kNanosPerDay = 86'400'000'000'000;

/// Without a vector the value is only checked.
template <class T>
void put(VectorWriter* out, std::uint64_t row, T value) {
  if (out != nullptr) out->as<T>()[row] = value;
}

void put_text(VectorWriter* out, std::uint64_t row, std::string_view text) {
  if (out != nullptr) out->set_text(row, text);
}

void put_null(VectorWriter* out, std::uint64_t row) {
  if (out != nullptr) out->set_null_deep(row);
}

VectorWriter* child_of(VectorWriter* out, std::size_t index) {
  return out == nullptr ? nullptr : &out->children[index];
}

/// Makes room for `count` elements; gives the place of the first.
std::uint64_t begin_list(VectorWriter* out, std::uint64_t count) {
  if (out == nullptr) return 0;
  out->reserve_elements(count);
  return out->list_elements;
}

void end_list(VectorWriter* out, std::uint64_t row, std::uint64_t first, std::uint64_t count) {
  if (out == nullptr) return;
  out->as<data::ListSlot>()[row] = {first, count};
  out->list_elements = first + count;
}

/// One value of a fixed size, big-endian in the protocol.
template <class T, class Unsigned>
CqlReason write_fixed(std::string_view bytes, VectorWriter* out, std::uint64_t row) {
  if (bytes.size() != sizeof(T)) return CqlReason::kBroken;
  put(out, row, std::bit_cast<T>(big_endian<Unsigned>(bytes.data())));
  return CqlReason::kNone;
}

template <class T>
CqlReason write_checked(Int128 value, VectorWriter* out, std::uint64_t row) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    return CqlReason::kNumberTooLarge;
  }
  put<T>(out, row, static_cast<T>(value));
  return CqlReason::kNone;
}

void write_decimal(const data::Type& target, Int128 value, VectorWriter* out, std::uint64_t row) {
  if (target.width() <= 4) {
    put<std::int16_t>(out, row, static_cast<std::int16_t>(value));
  } else if (target.width() <= 9) {
    put<std::int32_t>(out, row, static_cast<std::int32_t>(value));
  } else if (target.width() <= 18) {
    put<std::int64_t>(out, row, static_cast<std::int64_t>(value));
  } else {
    put<Int128>(out, row, value);
  }
}

/// A number of any size: a varint (scale 0) or a decimal.
CqlReason write_number(const data::Type& target, std::string_view bytes, std::int32_t scale,
                       data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  if (bytes.empty()) return CqlReason::kBroken;
  if (target.id() == TypeId::kVarchar) {
    // Making digits of bytes takes the square of their number: these are 39,456, in milliseconds.
    constexpr std::size_t kTextBytesMax = 16384;
    if (bytes.size() > kTextBytesMax) return CqlReason::kNumberTooLarge;
    put_text(out, row, arena.copy(varint_text(bytes, scale)));
    return CqlReason::kNone;
  }
  const auto value = parse_varint(bytes);
  if (!value) return CqlReason::kNumberTooLarge;
  switch (target.id()) {
    case TypeId::kTinyint:
      return write_checked<std::int8_t>(*value, out, row);
    case TypeId::kSmallint:
      return write_checked<std::int16_t>(*value, out, row);
    case TypeId::kInteger:
      return write_checked<std::int32_t>(*value, out, row);
    case TypeId::kBigint:
      return write_checked<std::int64_t>(*value, out, row);
    case TypeId::kHugeint:
      put<Int128>(out, row, *value);
      return CqlReason::kNone;
    default:
      break;
  }
  const auto fitting = rescaled(*value, scale, target.scale(), target.width());
  if (!fitting) {
    const bool has_digits = scale > target.scale();
    return has_digits ? CqlReason::kTooManyDigits : CqlReason::kNumberTooLarge;
  }
  write_decimal(target, *fitting, out, row);
  return CqlReason::kNone;
}

CqlReason write_decimal_value(const data::Type& target, std::string_view bytes, data::Arena& arena,
                              VectorWriter* out, std::uint64_t row) {
  if (bytes.size() < 5) return CqlReason::kBroken;
  const auto scale = static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes.data()));
  return write_number(target, bytes.substr(4), scale, arena, out, row);
}

CqlReason write_timestamp(std::string_view bytes, VectorWriter* out, std::uint64_t row) {
  if (bytes.size() != 8) return CqlReason::kBroken;
  const auto millis = static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes.data()));
  std::int64_t micros = 0;
  // The two ends are DuckDB's infinities.
  if (__builtin_mul_overflow(millis, kMicrosPerMilli, &micros) ||
      micros == std::numeric_limits<std::int64_t>::max() ||
      micros <= -std::numeric_limits<std::int64_t>::max()) {
    return CqlReason::kTimeOutOfRange;
  }
  put<std::int64_t>(out, row, micros);
  return CqlReason::kNone;
}

CqlReason write_date(std::string_view bytes, VectorWriter* out, std::uint64_t row) {
  if (bytes.size() != 4) return CqlReason::kBroken;
  const std::int64_t days = std::int64_t{big_endian<std::uint32_t>(bytes.data())} - (1LL << 31);
  constexpr std::int64_t kDaysMax = std::numeric_limits<std::int32_t>::max() - 1;
  if (days > kDaysMax || days < -kDaysMax) return CqlReason::kTimeOutOfRange;
  put<std::int32_t>(out, row, static_cast<std::int32_t>(days));
  return CqlReason::kNone;
}

CqlReason write_time(const data::Type& target, std::string_view bytes, VectorWriter* out,
                     std::uint64_t row) {
  if (bytes.size() != 8) return CqlReason::kBroken;
  const auto nanos = static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes.data()));
  if (nanos < 0 || nanos >= kNanosPerDay) return CqlReason::kBroken;
  if (target.id() == TypeId::kTime && nanos % kNanosPerMicro != 0) {
    return CqlReason::kSmallerThanMicros;
  }
  put<std::int64_t>(out, row, target.id() == TypeId::kTime ? nanos / kNanosPerMicro : nanos);
  return CqlReason::kNone;
}

CqlReason write_duration(const data::Type& target, std::string_view bytes, VectorWriter* out,
                         std::uint64_t row) {
  const auto months = take_vint(bytes);
  const auto days = take_vint(bytes);
  const auto nanos = take_vint(bytes);
  if (!months || !days || !nanos || !bytes.empty()) return CqlReason::kBroken;
  if (target.id() == TypeId::kStruct) {
    put(child_of(out, 0), row, static_cast<std::int32_t>(*months));
    put(child_of(out, 1), row, static_cast<std::int32_t>(*days));
    put(child_of(out, 2), row, *nanos);
    return CqlReason::kNone;
  }
  if (*nanos % kNanosPerMicro != 0) return CqlReason::kSmallerThanMicros;
  put(out, row,
      data::IntervalSlot{static_cast<std::int32_t>(*months), static_cast<std::int32_t>(*days),
                         *nanos / kNanosPerMicro});
  return CqlReason::kNone;
}

CqlReason write_uuid(std::string_view bytes, VectorWriter* out, std::uint64_t row) {
  if (bytes.size() != 16) return CqlReason::kBroken;
  const auto value = big_endian<Uint128>(bytes.data());
  put<Uint128>(out, row, value ^ (Uint128{1} << 127U));
  return CqlReason::kNone;
}

CqlReason write_inet(std::string_view bytes, data::Arena& arena, VectorWriter* out,
                     std::uint64_t row) {
  if (bytes.size() != 4 && bytes.size() != 16) return CqlReason::kBroken;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  put_text(out, row, arena.copy(text.data()));
  return CqlReason::kNone;
}

/// A value inside another one: NULL, empty or there.
CqlReason write_inner(const CqlType& type, const data::Type& target, std::string_view bytes,
                      data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  if (bytes.data() == nullptr) {
    put_null(out, row);
    return CqlReason::kNone;
  }
  return write_value(type, target, bytes, arena, out, row);
}

CqlReason write_fields(const CqlType& type, const data::Type& target, std::string_view bytes,
                       data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    std::string_view value;
    // A field that was added to the type after the value was written is not there.
    if (!bytes.empty() && !take_cell(bytes, value)) return CqlReason::kBroken;
    const CqlReason reason = write_inner(type.children[i], target.children()[i].type, value, arena,
                                         child_of(out, i), row);
    if (reason != CqlReason::kNone) return reason;
  }
  return CqlReason::kNone;
}

bool take_count(std::string_view& bytes, std::uint64_t& count) {
  if (bytes.size() < 4) return false;
  count = big_endian<std::uint32_t>(bytes.data());
  bytes.remove_prefix(4);
  // Each element takes its length at least.
  return count <= bytes.size() / 4;
}

CqlReason write_list(const CqlType& type, const data::Type& target, std::string_view bytes,
                     data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  std::uint64_t count = 0;
  if (!take_count(bytes, count)) return CqlReason::kBroken;
  const std::uint64_t first = begin_list(out, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view value;
    if (!take_cell(bytes, value)) return CqlReason::kBroken;
    const CqlReason reason = write_inner(type.children[0], target.children()[0].type, value, arena,
                                         child_of(out, 0), first + i);
    if (reason != CqlReason::kNone) return reason;
  }
  end_list(out, row, first, count);
  return CqlReason::kNone;
}

CqlReason write_map(const CqlType& type, const data::Type& target, std::string_view bytes,
                    data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  std::uint64_t count = 0;
  if (!take_count(bytes, count)) return CqlReason::kBroken;
  const std::uint64_t first = begin_list(out, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    for (std::size_t part = 0; part < 2; ++part) {
      std::string_view value;
      if (!take_cell(bytes, value)) return CqlReason::kBroken;
      if (part == 0 && value.data() == nullptr) return CqlReason::kNullInMap;
      const CqlReason reason = write_inner(type.children[part], target.children()[part].type, value,
                                           arena, child_of(child_of(out, 0), part), first + i);
      if (reason != CqlReason::kNone) return reason;
    }
  }
  end_list(out, row, first, count);
  return CqlReason::kNone;
}

CqlReason write_vector(const CqlType& type, const data::Type& target, std::string_view bytes,
                       data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  const std::uint64_t first = begin_list(out, type.dimensions);
  for (std::uint64_t i = 0; i < type.dimensions; ++i) {
    std::uint64_t size = fixed_bytes(type.children[0]);
    if (size == 0) {
      const auto given = take_unsigned_vint(bytes);
      if (!given) return CqlReason::kBroken;
      size = *given;
    }
    if (bytes.size() < size) return CqlReason::kBroken;
    const CqlReason reason = write_value(type.children[0], target.children()[0].type,
                                         bytes.substr(0, size), arena, child_of(out, 0), first + i);
    if (reason != CqlReason::kNone) return reason;
    bytes.remove_prefix(size);
  }
  if (!bytes.empty()) return CqlReason::kBroken;
  end_list(out, row, first, type.dimensions);
  return CqlReason::kNone;
}

}  // namespace

bool take_cell(std::string_view& bytes, std::string_view& value) {
  if (bytes.size() < 4) return false;
  const auto size = static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes.data()));
  bytes.remove_prefix(4);
  value = {};
  if (size < 0) return true;
  if (bytes.size() < static_cast<std::size_t>(size)) return false;
  value = {bytes.data(), static_cast<std::size_t>(size)};
  bytes.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

CqlReason write_value(const CqlType& type, const data::Type& target, std::string_view bytes,
                      data::Arena& arena, VectorWriter* out, std::uint64_t row) {
  if (type.id == CqlId::kText || type.id == CqlId::kBlob) {
    put_text(out, row, bytes);
    return CqlReason::kNone;
  }
  // An "empty" value, which old clients could write for any type, is none.
  if (bytes.empty() && type.id != CqlId::kTuple && type.id != CqlId::kUdt) {
    put_null(out, row);
    return CqlReason::kNone;
  }
  switch (type.id) {
    case CqlId::kBoolean:
      if (bytes.size() != 1) return CqlReason::kBroken;
      put<std::uint8_t>(out, row, bytes.front() != 0 ? 1 : 0);
      return CqlReason::kNone;
    case CqlId::kTinyint:
      return write_fixed<std::int8_t, std::uint8_t>(bytes, out, row);
    case CqlId::kSmallint:
      return write_fixed<std::int16_t, std::uint16_t>(bytes, out, row);
    case CqlId::kInt:
      return write_fixed<std::int32_t, std::uint32_t>(bytes, out, row);
    case CqlId::kBigint:
    case CqlId::kCounter:
      return write_fixed<std::int64_t, std::uint64_t>(bytes, out, row);
    case CqlId::kFloat:
      return write_fixed<float, std::uint32_t>(bytes, out, row);
    case CqlId::kDouble:
      return write_fixed<double, std::uint64_t>(bytes, out, row);
    case CqlId::kVarint:
      return write_number(target, bytes, 0, arena, out, row);
    case CqlId::kDecimal:
      return write_decimal_value(target, bytes, arena, out, row);
    case CqlId::kTimestamp:
      return write_timestamp(bytes, out, row);
    case CqlId::kDate:
      return write_date(bytes, out, row);
    case CqlId::kTime:
      return write_time(target, bytes, out, row);
    case CqlId::kDuration:
      return write_duration(target, bytes, out, row);
    case CqlId::kUuid:
    case CqlId::kTimeuuid:
      return write_uuid(bytes, out, row);
    case CqlId::kInet:
      return write_inet(bytes, arena, out, row);
    case CqlId::kList:
    case CqlId::kSet:
      return write_list(type, target, bytes, arena, out, row);
    case CqlId::kMap:
      return write_map(type, target, bytes, arena, out, row);
    case CqlId::kVector:
      return write_vector(type, target, bytes, arena, out, row);
    default:
      return write_fields(type, target, bytes, arena, out, row);
  }
}

}  // namespace sluice::connectors::cassandra
