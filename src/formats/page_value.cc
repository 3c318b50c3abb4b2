#include "formats/page_value.h"

#include <cstdlib>

namespace sluice::formats {
namespace {

using data::TypeId;

/// Whether JavaScript's numbers may not hold a value of the type.
bool is_wide(const data::Type& type) {
  switch (type.id()) {
    case TypeId::kBigint:
    case TypeId::kUbigint:
    case TypeId::kHugeint:
      return true;
    default:
      return false;
  }
}

bool is_beyond(const std::string& out, std::size_t begin) {
  constexpr std::size_t kSafeDigits = 15;
  constexpr std::int64_t kMost = std::int64_t{1} << 53U;
  if (out.size() - begin <= kSafeDigits) return false;
  if (out.size() - begin > kSafeDigits + 3) return true;
  const long long value = std::strtoll(out.c_str() + begin, nullptr, 10);
  return value > kMost || value < -kMost;
}

}  // namespace

PageValue::PageValue(const data::Type& type, const TimeZone& zone)
    : type_(type), writer_(type, JsonForm::kLines, zone) {}

void PageValue::append(std::string& out, const data::VectorReader& vector,
                       std::uint64_t row) const {
  const bool is_typeless = vector.values == nullptr && type_.id() != TypeId::kStruct;
  if (is_typeless || vector.is_null(row)) {
    out += "null";
    return;
  }
  const std::size_t begin = out.size();
  writer_.append(out, vector, row);
  if (type_.id() == TypeId::kDecimal || (is_wide(type_) && is_beyond(out, begin))) {
    out.insert(begin, 1, '"');
    out += '"';
  }
}

}  // namespace sluice::formats
