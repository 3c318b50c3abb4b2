#pragma once

#include <cstdint>
#include <string>

#include "base/time_zone.h"
#include "data/type.h"
#include "data/vector_reader.h"

namespace sluice::formats {

/// Appends a value as Spark's `show` prints it: 1.0E7, 2024-01-01 00:00:00.5, {1, a}, [1, NULL],
/// {k -> 1}, bytes as [61 62]; decimals never in scientific notation. NULL only appears inside
/// nested values; a NULL value itself is the caller's.
/// `zone`: whose clock a TIMESTAMPTZ shows; null: UTC's.
/// REQUIRES: `vector` holds values of `type`, which holds no kOther; the row is not NULL.
void append_shown(std::string& out, const data::VectorReader& vector, const data::Type& type,
                  std::uint64_t row, const TimeZone* zone = nullptr);

}  // namespace sluice::formats
