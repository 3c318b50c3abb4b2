#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/cassandra/cql_number.h"
#include "connectors/cassandra/cql_type.h"
#include "data/type.h"
#include "data/vector_reader.h"

namespace sluice::connectors::cassandra {

/// Why a value of the rows' has no place in the server's column.
enum class CqlProblem : unsigned char {
  kNone,
  kNumberTooLarge,
  kNotAscii,
  kNotWholeMillis,
  kInfinite,  ///< a date or time
  kEndOfDay,  ///< 24:00:00
  kNotATimeuuid,
  kNotAnAddress,
  kWrongLength,  ///< of a vector
  kNullInside,   ///< an element of a collection or vector
  kMixedSigns,   ///< of a duration's parts
  kTooLarge,     ///< 2 GiB and more
};

/// "a time with parts of a millisecond; ...": what is wrong and what to do.
std::string problem_text(CqlProblem problem);

/// Whether values of the SQL type `from` can be written to a column of type `to`; why not
/// otherwise. Nothing is ever rounded: what does not fit exactly is a CqlProblem of the value.
std::optional<std::string> cannot_hold(const CqlType& to, const data::Type& from);

/// Appends the value of row `row` as the protocol has it, without its length.
/// REQUIRES: cannot_hold(to, from) has nothing against it; the row is not NULL.
CqlProblem append_value(std::string& out, const CqlType& to, const data::Type& from,
                        const data::VectorReader& vector, std::uint64_t row);

/// The same with its length before it; NULL as -1.
CqlProblem append_cell(std::string& out, const CqlType& to, const data::Type& from,
                       const data::VectorReader& vector, std::uint64_t row);

/// The same of a number as a bigint.
inline void append_bigint_cell(std::string& out, std::int64_t value) {
  append_big_endian(out, std::uint32_t{8});
  append_big_endian(out, static_cast<std::uint64_t>(value));
}

inline constexpr std::int32_t kNullCell = -1;
inline constexpr std::int32_t kUnsetCell = -2;

}  // namespace sluice::connectors::cassandra
