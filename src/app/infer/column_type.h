#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/infer/column_stats.h"
#include "data/type.h"

namespace sluice::app {

/// What a column is, and why.
struct ColumnType {
  data::Type type;
  /// The sample's reason for it, without how many are NULL: "12 to 4711"; "" where the type alone
  /// says it.
  std::string reason{};
  /// SQL in a view that makes of the column what it means (a date that no decoder reads, say),
  /// with {} for its name; "": it is what it is.
  std::string meaning{};
  std::string meaning_type{};         ///< the SQL type of that
  std::string meaning_suffix{};       ///< of a name for that: "date", "number"
  bool is_time = false;               ///< a moment: TIMESTAMP, TIMESTAMPTZ, or by its meaning
  bool is_key = false;                ///< no value came twice, and none is NULL
  std::vector<std::string> values{};  ///< of an enumeration, else empty
  std::string disorder{};             ///< of a moment: a delay for a watermark, such as 10m
};

/// The type that has room for all values of a column of text or of JSON scalars. `records` may have
/// one each. The type is always one that decoders read these values as.
ColumnType type_of_column(const std::string& name, const ColumnStats& stats, std::int64_t records);

/// Of a column whose type is known: what else can be said.
ColumnType known_column(const std::string& name, const data::Type& type, const ColumnStats& stats,
                        std::int64_t records);

/// "9,990 numbers, 10 texts such as "n/a"".
std::string mixture_of(const ColumnStats& stats);

}  // namespace sluice::app
