#pragma once

#include <cstdint>
#include <string_view>

#include "base/time_zone.h"
#include "data/arena.h"
#include "data/vector_writer.h"
#include "formats/reason.h"
#include "formats/value_plan.h"

namespace sluice::formats {

/// Whose rules a text follows where they differ (docs/reference/json.md, csv.md).
enum class Rules : unsigned char { kStrict, kSpark, kCsv };

struct ValueContext {
  Rules rules = Rules::kStrict;
  data::Arena& arena;  ///< for values that are not slices of the text
  /// Of a TIMESTAMPTZ whose text names no zone; null: UTC.
  const TimeZone* zone = nullptr;
};

// Each function writes one scalar to row `row` of `out`, or says why it does not fit and leaves the
// row as it was. Texts must live as long as the arena.

/// The content of a JSON string, or a CSV field.
Reason write_text(const ValuePlan& plan, std::string_view text, const ValueContext& context,
                  data::VectorWriter& out, std::uint64_t row);

/// A JSON number; `token` has been checked by is_json_number.
Reason write_number(const ValuePlan& plan, std::string_view token, const ValueContext& context,
                    data::VectorWriter& out, std::uint64_t row);

/// true or false; `token` is its text.
Reason write_boolean(const ValuePlan& plan, std::string_view token, data::VectorWriter& out,
                     std::uint64_t row);

}  // namespace sluice::formats
