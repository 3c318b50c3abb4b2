#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// Values arrive as DuckDB prints them and go into the log as Delta spells them.

/// A partition value (Delta protocol, "Partition Value Serialization"); null is NULL. An empty
/// VARCHAR becomes NULL, since Delta cannot distinguish the two there (Spark does the same). A
/// TIMESTAMPTZ is written in UTC with its Z, so that no reader's time zone matters. kUser error: a
/// date that Delta has no text for (infinity, BC, a year above 9999).
Result<std::optional<std::string>> partition_text(const data::Type& type,
                                                  const std::optional<std::string>& value);

/// What is known of one column of one file. Bounds are empty when unknown, and of a column with
/// NaN, which is greater than any bound.
struct ColumnBounds {
  std::optional<std::string> minimum;
  std::optional<std::string> maximum;
  std::optional<std::uint64_t> null_count;
};

/// The bounds as JSON values that a reader may skip files by: never tighter than the data. Empty
/// where no safe bound can be written: BOOLEAN, BLOB, nested columns, the maximum of REAL and
/// DOUBLE (NaN is greater than all and shows in no statistics), infinity. Texts are cut at 32
/// characters (the maximum then gets a character that is greater than what was cut), times to
/// milliseconds (the maximum upwards), as other writers do.
std::optional<std::string> minimum_json(const data::Type& type, std::string_view value);
std::optional<std::string> maximum_json(const data::Type& type, std::string_view value);

}  // namespace sluice::lake
