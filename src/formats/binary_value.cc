#include "formats/binary_value.h"

#include <cstring>
#include <limits>

#include <simdjson.h>

#include "base/clock.h"
#include "formats/number_text.h"

namespace sluice::formats {
namespace {

template <class T>
Reason put_number(Int128 value, data::VectorWriter& out, std::uint64_t row) {
  if (value < Int128{std::numeric_limits<T>::min()} ||
      value > Int128{std::numeric_limits<T>::max()}) {
    return Reason::kOutOfRange;
  }
  out.as<T>()[row] = static_cast<T>(value);
  return Reason::kNone;
}

/// `value` is times 10^scale already, and has at most plan.width digits.
void put_digits(const ValuePlan& plan, Int128 value, data::VectorWriter& out, std::uint64_t row) {
  switch (plan.op) {
    case Op::kDecimal16:
      out.as<std::int16_t>()[row] = static_cast<std::int16_t>(value);
      break;
    case Op::kDecimal32:
      out.as<std::int32_t>()[row] = static_cast<std::int32_t>(value);
      break;
    case Op::kDecimal64:
      out.as<std::int64_t>()[row] = static_cast<std::int64_t>(value);
      break;
    default:
      out.as<Int128>()[row] = value;
      break;
  }
}

bool has_digits_at_most(Int128 value, int digits) {
  const auto limit = static_cast<Int128>(power_of_ten(digits));
  return value < limit && value > -limit;
}

/// value * 10^from as a number times 10^plan.scale.
Reason put_rescaled(const ValuePlan& plan, Int128 value, int from, data::VectorWriter& out,
                    std::uint64_t row) {
  if (value == 0) {
    put_digits(plan, 0, out, row);
    return Reason::kNone;
  }
  int more = plan.scale - from;
  for (; more < 0; ++more) {
    if (value % 10 != 0) return Reason::kTooManyDigits;
    value /= 10;
    if (value == 0) break;
  }
  if (more >= plan.width || !has_digits_at_most(value, plan.width - (more > 0 ? more : 0))) {
    return Reason::kOutOfRange;
  }
  if (more > 0) value *= static_cast<Int128>(power_of_ten(more));
  put_digits(plan, value, out, row);
  return Reason::kNone;
}

Reason put_whole(const ValuePlan& plan, Int128 value, data::VectorWriter& out, std::uint64_t row) {
  switch (plan.op) {
    case Op::kInt8:
      return put_number<std::int8_t>(value, out, row);
    case Op::kInt16:
      return put_number<std::int16_t>(value, out, row);
    case Op::kInt32:
      return put_number<std::int32_t>(value, out, row);
    case Op::kInt64:
      return put_number<std::int64_t>(value, out, row);
    case Op::kUint8:
      return put_number<std::uint8_t>(value, out, row);
    case Op::kUint16:
      return put_number<std::uint16_t>(value, out, row);
    case Op::kUint32:
      return put_number<std::uint32_t>(value, out, row);
    case Op::kUint64:
      return put_number<std::uint64_t>(value, out, row);
    case Op::kInt128:
      out.as<Int128>()[row] = value;
      return Reason::kNone;
    case Op::kFloat:
      out.as<float>()[row] = static_cast<float>(value);
      return Reason::kNone;
    case Op::kDouble:
      out.as<double>()[row] = static_cast<double>(value);
      return Reason::kNone;
    default:
      return put_rescaled(plan, value, 0, out, row);
  }
}

}  // namespace

bool takes_integer(Op op) { return op >= Op::kInt8 && op <= Op::kDecimal128; }

bool takes_real(Op op) { return op == Op::kFloat || op == Op::kDouble; }

bool takes_text(Op op) { return op >= Op::kBoolean && op <= Op::kTimestamp; }

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

Reason put_integer(const ValuePlan& plan, std::int64_t value, data::VectorWriter& out,
                   std::uint64_t row) {
  if (plan.op == Op::kInt64) {
    out.as<std::int64_t>()[row] = value;
    return Reason::kNone;
  }
  return put_whole(plan, value, out, row);
}

Reason put_unsigned(const ValuePlan& plan, std::uint64_t value, data::VectorWriter& out,
                    std::uint64_t row) {
  return put_whole(plan, static_cast<Int128>(value), out, row);
}

Reason put_real(const ValuePlan& plan, double value, data::VectorWriter& out, std::uint64_t row) {
  if (plan.op == Op::kFloat) {
    out.as<float>()[row] = static_cast<float>(value);
  } else {
    out.as<double>()[row] = value;
  }
  return Reason::kNone;
}

Reason put_text(const ValuePlan& plan, std::string_view text, const ValueContext& context,
                data::VectorWriter& out, std::uint64_t row) {
  if (!is_utf8(text)) return Reason::kInvalidUtf8;
  if (plan.op == Op::kText) {
    out.set_text(row, text);
    return Reason::kNone;
  }
  return write_text(plan, text, context, out, row);
}

Reason put_decimal(const ValuePlan& plan, std::string_view bytes, int scale,
                   data::VectorWriter& out, std::uint64_t row) {
  const bool negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  const char sign = negative ? '\xff' : '\0';
  while (bytes.size() > sizeof(Int128) && bytes[0] == sign) bytes.remove_prefix(1);
  if (bytes.size() > sizeof(Int128)) return Reason::kOutOfRange;
  Uint128 value = negative ? ~Uint128{0} : Uint128{0};
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  // What lost its sign with the leading bytes had more than 127 bits.
  if ((static_cast<Int128>(value) < 0) != negative) return Reason::kOutOfRange;
  return put_rescaled(plan, static_cast<Int128>(value), scale, out, row);
}

// The first and the last of each type are DuckDB's infinities.

Reason put_days(std::int64_t days, data::VectorWriter& out, std::uint64_t row) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  if (days >= kMax || days <= -kMax) return Reason::kOutOfRange;
  out.as<std::int32_t>()[row] = static_cast<std::int32_t>(days);
  return Reason::kNone;
}

Reason put_time(std::int64_t micros, data::VectorWriter& out, std::uint64_t row) {
  if (micros < 0 || micros > kDay) return Reason::kOutOfRange;
  out.as<std::int64_t>()[row] = micros;
  return Reason::kNone;
}

Reason put_timestamp(std::int64_t micros, data::VectorWriter& out, std::uint64_t row) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  // 290309-12-22 BC, the earliest that DuckDB can show.
  constexpr std::int64_t kMin = -9'223'372'022'400'000'000;
  if (micros == kMax || micros < kMin) return Reason::kOutOfRange;
  out.as<std::int64_t>()[row] = micros;
  return Reason::kNone;
}

Reason put_scaled_timestamp(std::int64_t value, std::int64_t factor, data::VectorWriter& out,
                            std::uint64_t row) {
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(value, factor, &micros)) return Reason::kOutOfRange;
  return put_timestamp(micros, out, row);
}

void put_uuid(std::string_view bytes, data::VectorWriter& out, std::uint64_t row) {
  Uint128 value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  out.as<Int128>()[row] = static_cast<Int128>(value ^ Uint128{1} << 127);
}

}  // namespace sluice::formats
