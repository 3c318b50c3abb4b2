#pragma once

#include <cstdint>
#include <string_view>

#include "connectors/cassandra/cql_type.h"
#include "data/arena.h"
#include "data/vector_writer.h"

namespace sluice::connectors::cassandra {

/// Why a value of the server's has no place in its column.
enum class CqlReason : std::uint16_t {
  kNone,
  kBroken,             ///< the bytes are none of the type's
  kNumberTooLarge,     ///< of a varint or decimal
  kTooManyDigits,      ///< after the point, of a decimal
  kTimeOutOfRange,     ///< of a timestamp or date
  kSmallerThanMicros,  ///< nanoseconds of a time or duration
  kNullInMap,          ///< a key that is NULL
};

/// Writes the value that the protocol has as `bytes` to row `row` of `out` (null: only checks it);
/// what was written is void when a reason comes back. Texts refer to `bytes`, or to `arena`.
/// REQUIRES: cannot_be(type, target) has nothing against it; `out` is of the type `target`.
CqlReason write_value(const CqlType& type, const data::Type& target, std::string_view bytes,
                      data::Arena& arena, data::VectorWriter* out, std::uint64_t row);

/// Moves `bytes` after the next cell: its length as int32, then its bytes. False: it is cut.
/// `value` without address: NULL.
bool take_cell(std::string_view& bytes, std::string_view& value);

}  // namespace sluice::connectors::cassandra
