#pragma once

#include <cstdint>
#include <string_view>

#include "data/vector_writer.h"
#include "formats/reason.h"
#include "formats/value_plan.h"
#include "formats/value_text.h"

namespace sluice::formats {

// Values of binary formats (Avro, Protobuf), written to row `row` of a column. Each function says
// why a value does not fit, and leaves the row as it was then; whether values of a kind may fit a
// column at all is asked beforehand, once a schema.

/// Any integer, FLOAT, DOUBLE or DECIMAL.
bool takes_integer(Op op);
/// FLOAT or DOUBLE.
bool takes_real(Op op);
/// What a text may become: everything that write_text() reads.
bool takes_text(Op op);

/// REQUIRES: takes_integer(plan.op).
Reason put_integer(const ValuePlan& plan, std::int64_t value, data::VectorWriter& out,
                   std::uint64_t row);
Reason put_unsigned(const ValuePlan& plan, std::uint64_t value, data::VectorWriter& out,
                    std::uint64_t row);

/// A double is not narrowed: REQUIRES: kDouble, or kFloat when `value` was a float.
Reason put_real(const ValuePlan& plan, double value, data::VectorWriter& out, std::uint64_t row);

/// A text, which must be UTF-8 for a VARCHAR and is read as write_text() does for other columns.
/// REQUIRES: takes_text(plan.op); `text` lives as long as the arena.
Reason put_text(const ValuePlan& plan, std::string_view text, const ValueContext& context,
                data::VectorWriter& out, std::uint64_t row);

/// A number of any length in two's complement, the highest byte first, times 10^-scale. It is never
/// rounded: kTooManyDigits. REQUIRES: a DECIMAL.
Reason put_decimal(const ValuePlan& plan, std::string_view bytes, int scale,
                   data::VectorWriter& out, std::uint64_t row);

/// Days since 1970-01-01. REQUIRES: a DATE.
Reason put_days(std::int64_t days, data::VectorWriter& out, std::uint64_t row);
/// Microseconds since midnight. REQUIRES: a TIME.
Reason put_time(std::int64_t micros, data::VectorWriter& out, std::uint64_t row);
/// Microseconds since 1970. REQUIRES: a TIMESTAMP or TIMESTAMPTZ.
Reason put_timestamp(std::int64_t micros, data::VectorWriter& out, std::uint64_t row);
/// kOutOfRange in place of put_timestamp when value * factor is too large.
Reason put_scaled_timestamp(std::int64_t value, std::int64_t factor, data::VectorWriter& out,
                            std::uint64_t row);

/// Its 16 bytes. REQUIRES: a UUID.
void put_uuid(std::string_view bytes, data::VectorWriter& out, std::uint64_t row);

/// Whether bytes are UTF-8.
bool is_utf8(std::string_view text);

}  // namespace sluice::formats
