#pragma once

#include <array>
#include <string_view>

#include "data/type.h"

namespace sluice::data {

/// A name that SQL text may give a type, in capitals.
struct TypeAlias {
  std::string_view name;
  TypeId id;
};

/// DuckDB's and Spark's names.
inline constexpr auto kTypeAliases = std::to_array<TypeAlias>({
    {"BOOLEAN", TypeId::kBoolean},
    {"BOOL", TypeId::kBoolean},
    {"LOGICAL", TypeId::kBoolean},
    {"TINYINT", TypeId::kTinyint},
    {"INT1", TypeId::kTinyint},
    {"BYTE", TypeId::kTinyint},
    {"SMALLINT", TypeId::kSmallint},
    {"INT2", TypeId::kSmallint},
    {"INT16", TypeId::kSmallint},
    {"SHORT", TypeId::kSmallint},
    {"INTEGER", TypeId::kInteger},
    {"INT", TypeId::kInteger},
    {"INT4", TypeId::kInteger},
    {"INT32", TypeId::kInteger},
    {"SIGNED", TypeId::kInteger},
    {"BIGINT", TypeId::kBigint},
    {"LONG", TypeId::kBigint},
    {"INT8", TypeId::kBigint},
    {"INT64", TypeId::kBigint},
    {"HUGEINT", TypeId::kHugeint},
    {"INT128", TypeId::kHugeint},
    {"UTINYINT", TypeId::kUtinyint},
    {"UINT8", TypeId::kUtinyint},
    {"USMALLINT", TypeId::kUsmallint},
    {"UINT16", TypeId::kUsmallint},
    {"UINTEGER", TypeId::kUinteger},
    {"UINT32", TypeId::kUinteger},
    {"UBIGINT", TypeId::kUbigint},
    {"UINT64", TypeId::kUbigint},
    {"REAL", TypeId::kReal},
    {"FLOAT", TypeId::kReal},
    {"FLOAT4", TypeId::kReal},
    {"DOUBLE", TypeId::kDouble},
    {"DOUBLE PRECISION", TypeId::kDouble},
    {"FLOAT8", TypeId::kDouble},
    {"DECIMAL", TypeId::kDecimal},
    {"NUMERIC", TypeId::kDecimal},
    {"DEC", TypeId::kDecimal},
    {"VARCHAR", TypeId::kVarchar},
    {"STRING", TypeId::kVarchar},
    {"TEXT", TypeId::kVarchar},
    {"CHAR", TypeId::kVarchar},
    {"BPCHAR", TypeId::kVarchar},
    {"CHARACTER VARYING", TypeId::kVarchar},
    {"BLOB", TypeId::kBlob},
    {"BINARY", TypeId::kBlob},
    {"BYTEA", TypeId::kBlob},
    {"VARBINARY", TypeId::kBlob},
    {"JSON", TypeId::kJson},
    {"UUID", TypeId::kUuid},
    {"GUID", TypeId::kUuid},
    {"DATE", TypeId::kDate},
    {"TIME", TypeId::kTime},
    {"TIME WITHOUT TIME ZONE", TypeId::kTime},
    {"TIMESTAMP", TypeId::kTimestamp},
    {"DATETIME", TypeId::kTimestamp},
    {"TIMESTAMP WITHOUT TIME ZONE", TypeId::kTimestamp},
    {"TIMESTAMP_US", TypeId::kTimestamp},
    {"TIMESTAMP_NTZ", TypeId::kTimestamp},
    {"TIMESTAMPTZ", TypeId::kTimestampTz},
    {"TIMESTAMP WITH TIME ZONE", TypeId::kTimestampTz},
    {"TIMESTAMP_LTZ", TypeId::kTimestampTz},
    {"INTERVAL", TypeId::kInterval},
    {"STRUCT", TypeId::kStruct},
    {"ROW", TypeId::kStruct},
    {"LIST", TypeId::kList},
    {"ARRAY", TypeId::kList},
    {"MAP", TypeId::kMap},
    // What DuckDB computes with and nobody else knows.
    {"ENUM", TypeId::kOther},
    {"UNION", TypeId::kOther},
    {"BIT", TypeId::kOther},
    {"UHUGEINT", TypeId::kOther},
});

/// Types that DuckDB computes with and nobody else knows, written by their name alone.
inline constexpr std::array<std::string_view, 11> kBareOthers = {
    "BIT",          "BITSTRING",    "UHUGEINT", "UINT128", "BIGNUM", "TIMESTAMP_S",
    "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMETZ",   "VARIANT", "NULL"};

}  // namespace sluice::data
