#pragma once

#include <cstdint>

#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/number_text.h"

namespace sluice::formats {

inline bool is_whole(data::TypeId type) {
  return type >= data::TypeId::kTinyint && type <= data::TypeId::kUbigint;
}

/// The value of an integer's column, or of a DECIMAL's times 10^scale. REQUIRES: it is not NULL.
inline Int128 whole_number(const data::VectorReader& column, const data::Type& type,
                           std::uint64_t row) {
  using data::TypeId;
  switch (type.id()) {
    case TypeId::kTinyint:
      return column.at<std::int8_t>(row);
    case TypeId::kSmallint:
      return column.at<std::int16_t>(row);
    case TypeId::kInteger:
      return column.at<std::int32_t>(row);
    case TypeId::kBigint:
      return column.at<std::int64_t>(row);
    case TypeId::kUtinyint:
      return column.at<std::uint8_t>(row);
    case TypeId::kUsmallint:
      return column.at<std::uint16_t>(row);
    case TypeId::kUinteger:
      return column.at<std::uint32_t>(row);
    case TypeId::kUbigint:
      return static_cast<Int128>(column.at<std::uint64_t>(row));
    case TypeId::kDecimal:
      if (type.width() <= 4) return column.at<std::int16_t>(row);
      if (type.width() <= 9) return column.at<std::int32_t>(row);
      if (type.width() <= 18) return column.at<std::int64_t>(row);
      return column.at<Int128>(row);
    default:
      return column.at<Int128>(row);
  }
}

}  // namespace sluice::formats
