#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

enum class CqlId : unsigned char {
  kText,  ///< and ascii, varchar
  kBlob,
  kBoolean,
  kTinyint,
  kSmallint,
  kInt,
  kBigint,
  kCounter,
  kVarint,
  kDecimal,
  kFloat,
  kDouble,
  kTimestamp,
  kDate,
  kTime,
  kDuration,
  kUuid,
  kTimeuuid,
  kInet,
  kList,
  kSet,
  kMap,
  kTuple,
  kUdt,
  kVector,
};

/// A type of a column as the server has it. A value.
struct CqlType {
  CqlId id = CqlId::kText;
  std::string name;                ///< as CQL calls it: "ascii", "list"
  std::vector<CqlType> children;   ///< elements; key and value; fields
  std::vector<std::string> names;  ///< of a tuple's or UDT's fields, as SQL has them
  std::uint32_t dimensions = 0;    ///< of a vector

  /// Reads the text that the bridge makes: map<text, list<int>>, udt<"a" int>, vector<float, 3>.
  static Result<CqlType> parse(std::string_view text);
  /// As CQL writes it; a UDT with its fields.
  std::string to_string() const;
};

/// Bytes of each value where all values of the type have as many (in a vector they come without
/// their lengths); else 0.
std::size_t fixed_bytes(const CqlType& type);

/// The SQL type that values of `type` have unless the pipeline names another.
data::Type natural_type(const CqlType& type);

/// Whether values of `type` can be read as `wanted`: the natural type, or a DECIMAL, integer or
/// VARCHAR for numbers of any size, BIGINT nanoseconds for `time`, a STRUCT for `duration`. Why not
/// otherwise.
std::optional<std::string> cannot_be(const CqlType& type, const data::Type& wanted);

/// `name` as CQL writes it: always quoted.
std::string quote_cql(std::string_view name);
/// 'te''xt'
std::string quote_cql_text(std::string_view text);

}  // namespace sluice::connectors::cassandra
