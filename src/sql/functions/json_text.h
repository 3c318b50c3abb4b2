#pragma once

#include <cstdint>
#include <string>

#include "base/time_zone.h"
#include "data/type.h"
#include "sql/duckdb/handles.h"

namespace sluice::sql {

/// How values become JSON. In either way decimals keep all their digits, doubles are as Java writes
/// them ("NaN", "Infinity" and "-Infinity" as texts), bytes are base64 and JSON stays as it is but
/// for the blanks between its words.
struct JsonStyle {
  /// As Spark's to_json: fields of STRUCTs that are NULL are left out, times are
  /// 2024-01-01T00:00:00.000Z (of milliseconds), 0.0000001 is 1E-7. Else fields stay as null, and
  /// times are 2024-01-01 00:00:00.123456 with +00 after those of a zone.
  bool spark = false;
  const TimeZone& zone;  ///< of TIMESTAMPTZ
};

/// A value that is not NULL. `vector` is one of `type`, flat. False: the type has no JSON (see
/// has_json), and what was appended is of no use.
bool append_json(std::string& out, duckdb_vector vector, const data::Type& type, std::uint64_t row,
                 const JsonStyle& style);

/// Whether append_json takes values of the type.
bool has_json(const data::Type& type);

}  // namespace sluice::sql
