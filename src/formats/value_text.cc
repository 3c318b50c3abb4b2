#include "formats/value_text.h"

#include <limits>
#include <string>

#include "data/time_range.h"
#include "formats/binary_text.h"
#include "formats/json_cursor.h"
#include "formats/number_text.h"
#include "formats/number_writer.h"
#include "formats/time_text.h"

namespace sluice::formats {

namespace {

template <class T>
Reason write_integer_as(Int128 value, data::VectorWriter& out, std::uint64_t row) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    return Reason::kOutOfRange;
  }
  out.as<T>()[row] = static_cast<T>(value);
  return Reason::kNone;
}

Reason write_integer(Op op, std::string_view text, data::VectorWriter& out, std::uint64_t row) {
  Int128 value = 0;
  if (const Reason reason = parse_integer(text, value); reason != Reason::kNone) return reason;
  switch (op) {
    case Op::kInt8:
      return write_integer_as<std::int8_t>(value, out, row);
    case Op::kInt16:
      return write_integer_as<std::int16_t>(value, out, row);
    case Op::kInt32:
      return write_integer_as<std::int32_t>(value, out, row);
    case Op::kInt64:
      return write_integer_as<std::int64_t>(value, out, row);
    case Op::kUint8:
      return write_integer_as<std::uint8_t>(value, out, row);
    case Op::kUint16:
      return write_integer_as<std::uint16_t>(value, out, row);
    case Op::kUint32:
      return write_integer_as<std::uint32_t>(value, out, row);
    case Op::kUint64:
      return write_integer_as<std::uint64_t>(value, out, row);
    default:
      out.as<Int128>()[row] = value;
      return Reason::kNone;
  }
}

Reason write_decimal(const ValuePlan& plan, std::string_view text, data::VectorWriter& out,
                     std::uint64_t row) {
  Int128 value = 0;
  const Reason reason = parse_decimal(text, plan.width, plan.scale, value);
  if (reason != Reason::kNone) return reason;
  switch (plan.op) {
    case Op::kDecimal16:
      return write_integer_as<std::int16_t>(value, out, row);
    case Op::kDecimal32:
      return write_integer_as<std::int32_t>(value, out, row);
    case Op::kDecimal64:
      return write_integer_as<std::int64_t>(value, out, row);
    default:
      out.as<Int128>()[row] = value;
      return Reason::kNone;
  }
}

template <class T>
Reason write_float(std::string_view text, Overflow overflow, data::VectorWriter& out,
                   std::uint64_t row) {
  T value = 0;
  const Reason reason = parse_float(text, overflow, value);
  if (reason == Reason::kNone) out.as<T>()[row] = value;
  return reason;
}

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equals_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower_letter(text[i]) != word[i]) return false;
  }
  return true;
}

bool is_spark_infinity(std::string_view text) { return text == "+Infinity" || text == "+INF"; }

template <class T>
Reason write_float_text(std::string_view text, Rules rules, data::VectorWriter& out,
                        std::uint64_t row) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  if (text == "NaN") {
    out.as<T>()[row] = std::numeric_limits<T>::quiet_NaN();
  } else if (text == "Infinity" || (rules != Rules::kStrict && is_spark_infinity(text))) {
    out.as<T>()[row] = kInfinity;
  } else if (text == "-Infinity" || (rules != Rules::kStrict && text == "-INF")) {
    out.as<T>()[row] = -kInfinity;
  } else if (rules != Rules::kCsv) {
    return Reason::kIsString;
  } else if (equals_ignoring_case(text, "nan")) {
    out.as<T>()[row] = std::numeric_limits<T>::quiet_NaN();
  } else if (equals_ignoring_case(text, "inf") || equals_ignoring_case(text, "+inf")) {
    out.as<T>()[row] = kInfinity;
  } else if (equals_ignoring_case(text, "-inf")) {
    out.as<T>()[row] = -kInfinity;
  } else {
    return write_float<T>(text, Overflow::kReject, out, row);
  }
  return Reason::kNone;
}

Reason write_decimal_text(const ValuePlan& plan, std::string_view text, Rules rules,
                          data::VectorWriter& out, std::uint64_t row) {
  if (rules != Rules::kSpark || text.find(',') == std::string_view::npos) {
    return write_decimal(plan, text, out, row);
  }
  // Spark takes commas for thousands separators, wherever they are.
  std::string digits;
  for (const char c : text) {
    if (c != ',') digits += c;
  }
  return write_decimal(plan, digits, out, row);
}

Reason write_boolean_text(std::string_view text, Rules rules, data::VectorWriter& out,
                          std::uint64_t row) {
  if (rules != Rules::kCsv) return Reason::kIsString;
  const bool is_true = equals_ignoring_case(text, "true");
  if (!is_true && !equals_ignoring_case(text, "false")) return Reason::kBadBooleanText;
  out.as<std::uint8_t>()[row] = is_true ? 1 : 0;
  return Reason::kNone;
}

template <class T, class Value>
Reason write_parsed(const Value& value, Reason otherwise, data::VectorWriter& out,
                    std::uint64_t row) {
  if (!value) return otherwise;
  out.as<T>()[row] = *value;
  return Reason::kNone;
}

Reason write_blob(std::string_view text, data::Arena& arena, data::VectorWriter& out,
                  std::uint64_t row) {
  const auto bytes = parse_base64(text, arena);
  if (!bytes) return Reason::kBadBase64;
  out.set_text(row, *bytes);
  return Reason::kNone;
}

Reason write_timestamp(const ValuePlan& plan, std::string_view text, const ValueContext& context,
                       data::VectorWriter& out, std::uint64_t row) {
  const TimeForms forms = context.rules == Rules::kSpark ? TimeForms::kSpark : TimeForms::kStrict;
  bool names_zone = false;
  auto time = parse_timestamp(text, forms, &names_zone);
  if (time && plan.zoned && !names_zone && context.zone != nullptr) {
    time = context.zone->to_instant(*time);
  }
  return write_parsed<std::int64_t>(time, Reason::kBadTimestamp, out, row);
}

}  // namespace

Reason write_text(const ValuePlan& plan, std::string_view text, const ValueContext& context,
                  data::VectorWriter& out, std::uint64_t row) {
  const Rules rules = context.rules;
  const TimeForms forms = rules == Rules::kSpark ? TimeForms::kSpark : TimeForms::kStrict;
  switch (plan.op) {
    case Op::kSkip:
      return Reason::kNone;
    case Op::kText:
      out.set_text(row, text);
      return Reason::kNone;
    case Op::kBoolean:
      return write_boolean_text(text, rules, out, row);
    case Op::kFloat:
      return write_float_text<float>(text, rules, out, row);
    case Op::kDouble:
      return write_float_text<double>(text, rules, out, row);
    case Op::kDecimal16:
    case Op::kDecimal32:
    case Op::kDecimal64:
    case Op::kDecimal128:
      return write_decimal_text(plan, text, rules, out, row);
    case Op::kBlob:
      return write_blob(text, context.arena, out, row);
    case Op::kUuid:
      return write_parsed<Int128>(parse_uuid(text), Reason::kBadUuid, out, row);
    case Op::kDate:
      return write_parsed<std::int32_t>(parse_date(text, forms), Reason::kBadDate, out, row);
    case Op::kTime:
      return write_parsed<std::int64_t>(parse_time(text), Reason::kBadTime, out, row);
    case Op::kTimestamp:
      return write_timestamp(plan, text, context, out, row);
    case Op::kJson:
      if (!is_json(text)) return Reason::kBadJsonText;
      out.set_text(row, text);
      return Reason::kNone;
    case Op::kStruct:
    case Op::kList:
    case Op::kMap:
      return Reason::kIsString;
    default:
      return rules == Rules::kCsv ? write_integer(plan.op, text, out, row) : Reason::kIsString;
  }
}

Reason write_number(const ValuePlan& plan, std::string_view token, const ValueContext& context,
                    data::VectorWriter& out, std::uint64_t row) {
  const bool spark = context.rules == Rules::kSpark;
  const bool is_integer = token.find_first_of(".eE") == std::string_view::npos;
  const Overflow overflow = spark ? Overflow::kInfinity : Overflow::kReject;
  // To Java an integer has no negative zero.
  const std::string_view plain = spark && token == "-0" ? token.substr(1) : token;
  switch (plan.op) {
    case Op::kSkip:
      return Reason::kNone;
    case Op::kFloat:
      return write_float<float>(plain, overflow, out, row);
    case Op::kDouble:
      return write_float<double>(plain, overflow, out, row);
    case Op::kDecimal16:
    case Op::kDecimal32:
    case Op::kDecimal64:
    case Op::kDecimal128:
      return write_decimal(plan, token, out, row);
    case Op::kText:
      if (spark) token = plain;
      if (spark && !is_integer) {
        double value = 0;
        if (parse_float(token, overflow, value) != Reason::kNone) return Reason::kOutOfRange;
        std::string text;
        append_double(text, value);
        token = context.arena.copy(text);
      }
      out.set_text(row, token);
      return Reason::kNone;
    case Op::kJson:
      out.set_text(row, token);
      return Reason::kNone;
    case Op::kTimestamp: {
      // Spark's reading of a whole number: seconds. Strictly, nobody says which unit is meant.
      Int128 seconds = 0;
      if (!spark || !is_integer) return Reason::kIsNumber;
      // Spark's product wraps around; what no calendar holds is NULL here.
      if (parse_integer(token, seconds) != Reason::kNone ||
          seconds > data::kTimestampMax / 1'000'000 || seconds < data::kTimestampMin / 1'000'000) {
        return Reason::kOutOfRange;
      }
      out.as<std::int64_t>()[row] = static_cast<std::int64_t>(seconds) * 1'000'000;
      return Reason::kNone;
    }
    default:
      break;
  }
  if (plan.op >= Op::kInt8 && plan.op <= Op::kUint64) {
    return is_integer ? write_integer(plan.op, token, out, row) : Reason::kNotInteger;
  }
  return Reason::kIsNumber;
}

Reason write_boolean(const ValuePlan& plan, std::string_view token, data::VectorWriter& out,
                     std::uint64_t row) {
  switch (plan.op) {
    case Op::kSkip:
      return Reason::kNone;
    case Op::kBoolean:
      out.as<std::uint8_t>()[row] = token == "true" ? 1 : 0;
      return Reason::kNone;
    case Op::kText:
    case Op::kJson:
      out.set_text(row, token);
      return Reason::kNone;
    default:
      return Reason::kIsBoolean;
  }
}

}  // namespace sluice::formats
