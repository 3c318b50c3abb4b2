#pragma once

#include <cstdint>
#include <string>

#include "base/time_zone.h"
#include "data/type.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// Values of result vectors as Spark's `show` prints them: 1.0E7, 2024-01-01 00:00:00.5, {1, a},
/// [1, NULL], {k -> 1}, bytes as [61 62]; decimals never in scientific notation. NULL only appears
/// inside nested values; a NULL value itself is the caller's, see is_null.
///
/// `vector` is one that a fetched chunk gave, `type` is its type. kOther is not possible, except
/// ENUM: SQL must cast it to VARCHAR before.
/// `zone`: whose clock a TIMESTAMPTZ shows; null: UTC's.
void append_text(std::string& out, duckdb_vector vector, const data::Type& type, std::uint64_t row,
                 const TimeZone* zone = nullptr);

/// Microseconds since 1970 as 2024-01-01 00:00:00.5.
void append_timestamp_text(std::string& out, std::int64_t micros);

/// Days since 1970 as 2024-01-01; microseconds since midnight as 12:00:00.5.
void append_date_text(std::string& out, std::int32_t days);
void append_time_text(std::string& out, std::int64_t micros);

/// As DuckDB keeps them, with the highest bit flipped.
void append_uuid_text(std::string& out, const duckdb_hugeint& uuid);

bool is_null(duckdb_vector vector, std::uint64_t row);

}  // namespace sluice::sql
