#include "formats/json_writer.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "formats/binary_text.h"
#include "formats/json_compact.h"
#include "formats/json_path.h"
#include "formats/number_writer.h"
#include "formats/shown_value.h"
#include "formats/time_writer.h"

namespace sluice::formats {
namespace {

using data::Type;
using data::TypeId;
using data::VectorReader;

/// Of a NULL that nobody gave a type.
bool is_always_null(const Type& type) {
  return type.id() == TypeId::kOther && type.to_string() == "NULL";
}

template <class Float>
void append_json_number(std::string& out, Float value) {
  const bool quoted = !std::isfinite(value);
  if (quoted) out += '"';
  if constexpr (sizeof(Float) == 4) {
    append_float(out, value);
  } else {
    append_double(out, value);
  }
  if (quoted) out += '"';
}

/// A decimal as Java's BigDecimal.toString has it: 0.0000001 is 1E-7.
void append_big_decimal(std::string& out, Int128 value, int scale) {
  char text[kDecimalTextMax];
  const std::size_t bytes = write_decimal(text, value, 0);
  const bool negative = value < 0;
  const std::string_view digits(text + (negative ? 1 : 0), bytes - (negative ? 1 : 0));
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) {
    append_decimal(out, value, scale);
    return;
  }
  if (negative) out += '-';
  out += digits[0];
  if (digits.size() > 1) {
    out += '.';
    out += digits.substr(1);
  }
  out += 'E';
  append_integer(out, std::int64_t{exponent});
}

}  // namespace

JsonWriter::JsonWriter(const Type& type, JsonForm form, const TimeZone& zone)
    : plan_(make_plan(type)), form_(form), zone_(zone) {
  SLUICE_CHECK(has_json(type));
}

JsonWriter::Plan JsonWriter::make_plan(const Type& type) {
  Plan plan{.type = type, .children = {}, .names = {}};
  for (const data::Field& child : type.children()) {
    plan.children.push_back(make_plan(child.type));
    if (type.id() != TypeId::kStruct) continue;
    std::string& name = plan.names.emplace_back(",");
    append_json_string(name, child.name);
    name += ':';
  }
  return plan;
}

void JsonWriter::append_nullable(std::string& out, const Plan& plan, const VectorReader& vector,
                                 std::uint64_t row) const {
  if (vector.is_null(row)) {
    out += "null";
  } else {
    append_value(out, plan, vector, row);
  }
}

void JsonWriter::append_object(std::string& out, const Plan& plan, data::ChunkReader fields,
                               std::uint64_t row) const {
  out += '{';
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < plan.children.size(); ++i) {
    const bool is_null = fields[i].is_null(row);
    if (is_null && form_ == JsonForm::kSpark) continue;
    const std::string_view name = plan.names[i];
    out += out.size() == start ? name.substr(1) : name;
    if (is_null) {
      out += "null";
    } else {
      append_value(out, plan.children[i], fields[i], row);
    }
  }
  out += '}';
}

void JsonWriter::append_array(std::string& out, const Plan& plan, const VectorReader& vector,
                              std::uint64_t row) const {
  const auto slot = vector.at<data::ListSlot>(row);
  out += '[';
  for (std::uint64_t i = 0; i < slot.length; ++i) {
    if (i > 0) out += ',';
    append_nullable(out, plan.children[0], vector.children[0], slot.offset + i);
  }
  out += ']';
}

/// As the name of a member.
void JsonWriter::append_key(std::string& out, const VectorReader& keys, const Type& type,
                            std::uint64_t row) const {
  switch (type.id()) {
    case TypeId::kVarchar:
    case TypeId::kJson:
      append_json_string(out, keys.text(row));
      return;
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap: {
      std::string name;
      append_shown(name, keys, type, row, &zone_);
      append_json_string(out, name);
      return;
    }
    default:
      break;
  }
  // Nothing in the others needs an escape.
  out += '"';
  const bool has_time = type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampTz;
  if (type.id() == TypeId::kBlob) {
    append_base64(out, keys.text(row));
  } else if (form_ == JsonForm::kSpark && type.id() == TypeId::kDate) {
    append_integer(out, std::int64_t{keys.at<std::int32_t>(row)});
  } else if (form_ == JsonForm::kSpark && has_time) {
    append_integer(out, keys.at<std::int64_t>(row));
  } else {
    append_shown(out, keys, type, row, &zone_);
  }
  out += '"';
}

void JsonWriter::append_map(std::string& out, const Plan& plan, const VectorReader& vector,
                            std::uint64_t row) const {
  const auto slot = vector.at<data::ListSlot>(row);
  const VectorReader& entries = vector.children[0];
  out += '{';
  for (std::uint64_t i = slot.offset; i < slot.offset + slot.length; ++i) {
    if (i > slot.offset) out += ',';
    append_key(out, entries.children[0], plan.children[0].type, i);
    out += ':';
    append_nullable(out, plan.children[1], entries.children[1], i);
  }
  out += '}';
}

void JsonWriter::append_moment(std::string& out, std::int64_t micros, bool zoned) const {
  out += '"';
  if (!is_finite_timestamp(micros)) {
    append_timestamp(out, micros);
    out += '"';
    return;
  }
  const std::int32_t offset = zoned ? zone_.offset_at(micros) : 0;
  const std::int64_t local = micros + offset * kSecond;
  if (form_ == JsonForm::kSpark) {
    append_timestamp_millis(out, local);
    if (zoned && offset == 0) {
      out += 'Z';
    } else if (zoned) {
      append_zone_offset(out, offset, /*short_form=*/false);
    }
  } else {
    append_timestamp(out, local);
    if (zoned && form_ == JsonForm::kLines) append_zone_offset(out, offset, /*short_form=*/true);
  }
  out += '"';
}

void JsonWriter::append_value(std::string& out, const Plan& plan, const VectorReader& vector,
                              std::uint64_t row) const {
  switch (plan.type.id()) {
    case TypeId::kReal:
      append_json_number(out, vector.at<float>(row));
      return;
    case TypeId::kDouble:
      append_json_number(out, vector.at<double>(row));
      return;
    case TypeId::kDecimal: {
      const Int128 value = decimal_at(vector, plan.type.width(), row);
      if (form_ == JsonForm::kSpark) {
        append_big_decimal(out, value, plan.type.scale());
      } else {
        append_decimal(out, value, plan.type.scale());
      }
      return;
    }
    case TypeId::kVarchar:
      append_json_string(out, vector.text(row));
      return;
    case TypeId::kJson:
      append_without_blanks(out, vector.text(row));
      return;
    case TypeId::kBlob:
      out += '"';
      append_base64(out, vector.text(row));
      out += '"';
      return;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      append_moment(out, vector.at<std::int64_t>(row), plan.type.id() == TypeId::kTimestampTz);
      return;
    case TypeId::kUuid:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kInterval:
      out += '"';
      append_shown(out, vector, plan.type, row);
      out += '"';
      return;
    case TypeId::kStruct:
      append_object(out, plan, vector.children, row);
      return;
    case TypeId::kList:
      append_array(out, plan, vector, row);
      return;
    case TypeId::kMap:
      append_map(out, plan, vector, row);
      return;
    case TypeId::kOther:
      out += "null";
      return;
    default:
      // Whole numbers and booleans.
      append_shown(out, vector, plan.type, row);
  }
}

bool has_json(const Type& type) {
  if (is_always_null(type)) return true;
  return type.id() != TypeId::kOther &&
         std::ranges::all_of(type.children(),
                             [](const data::Field& child) { return has_json(child.type); });
}

}  // namespace sluice::formats
