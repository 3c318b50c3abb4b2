#include "app/rehearsal/mask.h"

#include <algorithm>

#include "app/rehearsal/given_value.h"
#include "base/ascii_text.h"
#include "base/random.h"

namespace sluice::app {
namespace {

using Shape = ConfigValue::Shape;

/// Tries for a value that nothing else has become.
constexpr int kMaskTriesMax = 50;
constexpr std::size_t kUuidBytes = 36;
constexpr std::size_t kDateBytes = 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

bool is_date(std::string_view text) {
  if (text.size() < kDateBytes) return false;
  for (std::size_t i = 0; i < kDateBytes; ++i) {
    const bool is_dash = i == 4 || i == 7;
    if (is_dash ? text[i] != '-' : !is_digit(text[i])) return false;
  }
  return text.size() == kDateBytes || text[kDateBytes] == ' ' || text[kDateBytes] == 'T';
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidBytes) return false;
  for (std::size_t i = 0; i < kUuidBytes; ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

char pick(Random& random, std::string_view of) { return of[random.next() % of.size()]; }

std::string two_digits(std::uint64_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

/// The time of the day stays: it says nothing of a person without the day.
std::string other_date(std::string_view text, Random& random) {
  std::string date = std::to_string(1950 + random.next() % 60) + '-' +
                     two_digits(1 + random.next() % 12) + '-' + two_digits(1 + random.next() % 28);
  return date.append(text.substr(kDateBytes));
}

std::string other_text(std::string_view text, Random& random) {
  const bool is_hex = is_uuid(text);
  std::string other;
  bool is_first = true;
  for (const char c : text) {
    const bool is_continuation = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (is_continuation) continue;
    if (is_digit(c)) {
      // A number stays one: no zero where there was none.
      other += is_first && c != '0' ? pick(random, "12345678") : pick(random, "0123456789");
    } else if (is_lower(c) || static_cast<unsigned char>(c) >= 0x80U) {
      other += pick(random, is_hex ? "abcdef" : "abcdefghijklmnopqrstuvwxyz");
    } else if (is_upper(c)) {
      other += pick(random, is_hex ? "ABCDEF" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    } else {
      other += c;
    }
    is_first = is_first && !is_digit(c);
  }
  return other;
}

}  // namespace

Mask::Mask(const std::vector<std::string>& columns, std::uint64_t salt) : salt_(salt) {
  for (const std::string& column : columns) columns_[lower_case(column)] = column;
}

bool Mask::has(const std::string& column) const { return columns_.contains(lower_case(column)); }

std::string Mask::once(const std::string& text) {
  const auto found = made_.find(text);
  if (found != made_.end()) return found->second;
  std::string other;
  for (int i = 0; i < kMaskTriesMax; ++i) {
    SeededRandom random(hash_of(text) ^ (salt_ + static_cast<std::uint64_t>(i)));
    other = is_date(text) ? other_date(text, random) : other_text(text, random);
    // Two of them must not become one: groups would.
    if (other != text && taken_.insert(other).second) break;
  }
  made_[text] = other;
  return other;
}

std::string Mask::text(const std::string& text) { return once(text); }

std::string Mask::number(const std::string& digits) {
  const std::size_t exponent = std::min(digits.find_first_of("eE"), digits.size());
  return once(digits.substr(0, exponent)) + digits.substr(exponent);
}

std::string Mask::scrambled(const std::string& bytes) {
  SeededRandom random(hash_of(bytes) ^ salt_);
  return other_text(bytes, random);
}

ConfigValue Mask::masked(const ConfigValue& value) {
  const std::string& text = value.text();
  if (is_null(value) || text.empty()) return value;
  if (value.quoted()) return ConfigValue::scalar(this->text(text), true, value.location());
  if (text == "true" || text == "false") return value;
  return ConfigValue::scalar(number(text), false, value.location());
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as YAML may be.
ConfigValue Mask::walk(const ConfigValue& value, bool inside) {
  if (value.shape() == Shape::kList) {
    std::vector<ConfigValue> items;
    for (const ConfigValue& item : value.items()) items.push_back(walk(item, inside));
    return ConfigValue::list(std::move(items), value.location());
  }
  if (value.shape() == Shape::kMap) {
    std::vector<ConfigValue::Entry> entries;
    for (const ConfigValue::Entry& entry : value.entries()) {
      const std::string name = lower_case(entry.key);
      const bool is_one = columns_.contains(name);
      if (is_one) used_.insert(name);
      entries.push_back({entry.key, entry.key_location, walk(entry.value, inside || is_one)});
    }
    return ConfigValue::map(std::move(entries), value.location());
  }
  return inside ? masked(value) : value;
}

ConfigValue Mask::row(const ConfigValue& row) { return is_empty() ? row : walk(row, false); }

ConfigValue Mask::known(const ConfigValue& value) const {
  if (value.shape() != Shape::kScalar) return value;
  const auto found = made_.find(value.text());
  if (found == made_.end()) return value;
  return ConfigValue::scalar(found->second, value.quoted(), value.location());
}

std::vector<std::string> Mask::unused() const {
  std::vector<std::string> names;
  for (const auto& [name, given] : columns_) {
    if (!used_.contains(name)) names.push_back(given);
  }
  return names;
}

}  // namespace sluice::app
