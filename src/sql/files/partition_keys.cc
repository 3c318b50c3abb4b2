#include "sql/files/partition_keys.h"

#include <utility>

namespace sluice::sql {
namespace {

using data::quote_identifier;
using data::quote_literal;
using data::TypeId;

/// Of base64, in the first column: with its name and `=` less than the 255 of a folder's name.
constexpr int kFirstLetters = 200;
/// No longer text can be a folder's name, whatever its column is called. In base64 it fits into two
/// columns.
constexpr int kTextBytesMax = 255;

/// Whether values of the type are short, and have no letters that DuckDB escapes at length.
bool is_plain(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kHugeint:
    case TypeId::kReal:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kUuid:
      return true;
    default:
      return false;
  }
}

/// Base64 of the text with letters that no folder's name escapes, without padding.
std::string encoded(const std::string& name) {
  const std::string text = "CAST(" + quote_identifier(name) + " AS VARCHAR)";
  return "rtrim(translate(to_base64(encode(CASE WHEN strlen(" + text + ") > " +
         std::to_string(kTextBytesMax) + " THEN error(" +
         quote_literal("E_PARTITION_VALUE: a value of partition_by column '" + name +
                       "' has bytes=") +
         " || strlen(" + text + ") || " +
         quote_literal(
             ", and a folder's name has 255 at most; partition by something shorter, as "
             "left(" +
             quote_identifier(name) + ", 40); value=") +
         " || left(" + text + ", 40)) ELSE nullif(" + text + ", '') END)), '+/', '-_'), '=')";
}

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

std::optional<std::string> decoded(const std::string& text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<unsigned>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
  }
  return out;
}

}  // namespace

PartitionKeys::PartitionKeys(const std::string& select, const data::Schema& schema,
                             std::vector<std::string> partition_by) {
  std::string excluded;
  std::string added;
  for (std::string& name : partition_by) {
    Key key{.name = std::move(name), .is_text = false, .first = {}, .second = {}};
    const int column = schema.find(key.name);
    key.is_text = column < 0 || !is_plain(schema[static_cast<std::size_t>(column)].type);
    if (!key.is_text) {
      columns_.push_back(key.name);
      keys_.push_back(std::move(key));
      continue;
    }
    key.first = "__sluice_p" + std::to_string(keys_.size()) + "a";
    key.second = "__sluice_p" + std::to_string(keys_.size()) + "b";
    columns_.push_back(key.first);
    columns_.push_back(key.second);
    excluded += (excluded.empty() ? "" : ", ") + quote_identifier(key.name);
    const std::string whole = encoded(key.name);
    added += ", left(" + whole + ", " + std::to_string(kFirstLetters) + ") AS " + key.first +
             ", substr(" + whole + ", " + std::to_string(kFirstLetters + 1) + ") AS " + key.second;
    keys_.push_back(std::move(key));
  }
  select_ = excluded.empty()
                ? select
                : "SELECT * EXCLUDE (" + excluded + ")" + added + " FROM (" + select + "\n)";
}

Result<PartitionKeys::Values> PartitionKeys::values(const Values& copied) const {
  const auto of = [&copied](const std::string& column) {
    const auto found = copied.find(column);
    return found == copied.end() ? std::nullopt : found->second;
  };
  Values values;
  for (const Key& key : keys_) {
    auto& value = values[key.name];
    value = of(key.is_text ? key.first : key.name);
    if (!key.is_text || !value) continue;
    value = decoded(*value + of(key.second).value_or(""));
    if (!value) return internal_error("DuckDB changed the value of partition column " + key.name);
  }
  return values;
}

}  // namespace sluice::sql
