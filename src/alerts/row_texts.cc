#include "alerts/row_texts.h"

#include <array>

#include "base/utf8_text.h"

namespace sluice::alerts {
namespace {

using data::TypeId;

/// Of one value, in a row's object.
constexpr std::size_t kValueBytesMax = 2048;
constexpr std::int64_t kExactMax = std::int64_t{1} << 53U;

bool is_inexact(const OrderedJson& value, TypeId type) {
  if (type == TypeId::kDecimal || type == TypeId::kHugeint) return true;
  if (value.is_number_unsigned()) {
    return value.get<std::uint64_t>() > static_cast<std::uint64_t>(kExactMax);
  }
  return value.is_number_integer() && value.get<std::int64_t>() < -kExactMax;
}

}  // namespace

bool is_number(const data::Type& type) {
  constexpr std::array<TypeId, 12> kNumbers = {
      TypeId::kTinyint, TypeId::kSmallint, TypeId::kInteger,   TypeId::kBigint,
      TypeId::kHugeint, TypeId::kUtinyint, TypeId::kUsmallint, TypeId::kUinteger,
      TypeId::kUbigint, TypeId::kReal,     TypeId::kDouble,    TypeId::kDecimal};
  return std::ranges::find(kNumbers, type.id()) != kNumbers.end();
}

std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  text.resize(bytes_max - 3);
  text.resize(valid_utf8_bytes(text));
  return text + "...";
}

RowTexts::RowTexts(const data::Schema& schema, const TimeZone& zone) : schema_(schema) {
  for (const data::Field& field : schema.fields()) {
    writers_.emplace_back();
    if (formats::has_json(field.type)) {
      writers_.back().emplace(field.type, formats::JsonForm::kLines, zone);
    }
  }
}

std::string RowTexts::json(data::ChunkReader columns, std::size_t column, std::uint64_t row) const {
  const data::VectorReader& vector = columns[column];
  const auto& writer = writers_[column];
  const bool has_values = vector.values != nullptr || !vector.children.empty();
  if (!writer || !has_values || vector.is_null(row)) return "null";
  std::string text;
  writer->append(text, vector, row);
  return text;
}

std::string RowTexts::text(data::ChunkReader columns, std::size_t column, std::uint64_t row) const {
  return cut(whole(columns, column, row), kValueBytesMax);
}

std::string RowTexts::whole(data::ChunkReader columns, std::size_t column,
                            std::uint64_t row) const {
  std::string token = json(columns, column, row);
  if (token == "null") return "NULL";
  if (token.starts_with('"')) {
    const OrderedJson parsed = parse_ordered_json(token);
    if (parsed.is_string()) token = parsed.get<std::string>();
  }
  return with_valid_utf8(token);
}

OrderedJson RowTexts::values(data::ChunkReader columns, std::uint64_t row) const {
  OrderedJson object = OrderedJson::object();
  for (std::size_t column = 0; column < schema_.size(); ++column) {
    const std::string token = json(columns, column, row);
    OrderedJson value = parse_ordered_json(token);
    const bool is_large = token.size() > kValueBytesMax;
    if (value.is_discarded() || is_large || is_inexact(value, schema_[column].type.id())) {
      value = value.is_null() ? OrderedJson(nullptr) : OrderedJson(text(columns, column, row));
    }
    object[schema_[column].name] = std::move(value);
  }
  return object;
}

std::string RowTexts::joined(data::ChunkReader columns, const std::vector<std::size_t>& which,
                             std::uint64_t row) const {
  if (which.size() == 1) return text(columns, which.front(), row);
  std::string all;
  for (const std::size_t column : which) {
    std::string value = text(columns, column, row);
    if (value.find_first_of(",=\"") != std::string::npos) value = dump_json(OrderedJson(value));
    all += (all.empty() ? "" : ", ") + schema_[column].name + "=" + value;
  }
  return all;
}

std::string RowTexts::key(data::ChunkReader columns, const std::vector<std::size_t>& which,
                          std::uint64_t row) const {
  const bool is_one = which.size() == 1;
  std::string all;
  for (const std::size_t column : which) {
    std::string value = whole(columns, column, row);
    const bool looks_null = value == "NULL" && json(columns, column, row) != "null";
    const bool is_unclear =
        is_one ? value.starts_with('"') : value.find_first_of(",=\"") != std::string::npos;
    if (looks_null || is_unclear) value = dump_json(OrderedJson(value));
    all += is_one ? value : (all.empty() ? "" : ", ") + schema_[column].name + "=" + value;
  }
  return all;
}

}  // namespace sluice::alerts
