#include "charts/chart_rows.h"

#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "base/utf8_text.h"

namespace sluice::charts {

std::string_view column_type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kNumber:
      return "number";
    case ColumnType::kText:
      return "text";
    case ColumnType::kTime:
      return "time";
    case ColumnType::kBool:
      return "bool";
  }
  return "";
}

void Values::add_real(double value) { add(Kind::kReal, std::bit_cast<std::int64_t>(value)); }

double Values::real(std::size_t row) const { return std::bit_cast<double>(bits_[row]); }

void Values::add_text(std::string_view text) {
  std::string cut;
  if (text.size() > kTextBytesMax) {
    text = text.substr(0, kTextBytesMax);
    cut = std::string(text.substr(0, valid_utf8_bytes(text))) + "…";
    text = cut;
  }
  auto found = places_.find(text);
  if (found == places_.end()) {
    found = places_.emplace(std::string(text), texts_.size()).first;
    texts_.push_back(&found->first);
  }
  add(Kind::kText, static_cast<std::int64_t>(found->second));
}

void Values::add_from(const Values& other, std::size_t row) {
  if (other.kind(row) == Kind::kText) {
    add_text(other.text(row));
  } else {
    add(other.kind(row), other.bits_[row]);
  }
}

double Values::number(std::size_t row) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  switch (kind(row)) {
    case Kind::kNull:
      return kNone;
    case Kind::kReal:
      return real(row);
    case Kind::kInteger:
      return static_cast<double>(integer(row));
    case Kind::kText: {
      const std::string& digits = text(row);
      double value = kNone;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return read.ec == std::errc() ? value : kNone;
    }
  }
  return kNone;
}

void Values::append_key(std::string& key, std::size_t row) const {
  key.push_back(static_cast<char>(kinds_[row]));
  const auto bits = std::bit_cast<std::array<char, sizeof(std::int64_t)>>(bits_[row]);
  key.append(bits.data(), bits.size());
}

void Rows::add_from(const Rows& other, std::size_t row) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i].add_from(other.values[i], row);
}

Rows Rows::picked(std::span<const std::size_t> rows) const {
  Rows made(columns);
  for (const std::size_t row : rows) made.add_from(*this, row);
  return made;
}

}  // namespace sluice::charts
