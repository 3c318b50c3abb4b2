#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// What a value is in Avro's bytes.
enum class AvroKind : unsigned char {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kRecord,
};

/// What a value means beside that. A logical type that Avro does not know, or that does not fit its
/// kind, means nothing: the specification asks for that.
enum class AvroLogical : unsigned char {
  kNone,
  kDecimal,
  kUuid,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kTimestampNanos,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
  kLocalTimestampNanos,
  kDuration,
};

/// A type of a schema by its place in AvroSchema::nodes: types may refer to themselves.
using AvroNodeId = std::uint32_t;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  AvroNodeId node = 0;
  std::optional<std::string> default_json;  ///< null: a record must have the field
};

struct AvroNode {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  std::string name{};                  ///< of a record, an enum or a fixed, with its namespace
  std::vector<std::string> aliases{};  ///< of those, with their namespaces
  std::vector<AvroField> fields{};     ///< of a record
  std::vector<AvroNodeId> children{};  ///< array, map: the one element; union: its branches
  std::vector<std::string> symbols{};  ///< of an enum
  std::optional<std::string> default_symbol{};
  std::size_t size = 0;  ///< of a fixed, in bytes
  int precision = 0;     ///< of a decimal
  int scale = 0;
};

/// A schema of Apache Avro 1.12, read from its JSON.
class AvroSchema {
 public:
  /// `references`: schemas whose named types `text` may use, each after those that it uses itself.
  /// kUser: not JSON, or no schema; the message says where in it ("Order.lines.price: ...").
  static Result<AvroSchema> parse(std::string_view text,
                                  const std::vector<std::string>& references = {});

  const AvroNode& root() const { return nodes_[root_]; }
  AvroNodeId root_id() const { return root_; }
  const AvroNode& at(AvroNodeId node) const { return nodes_[node]; }

 private:
  friend class AvroSchemaReader;
  std::vector<AvroNode> nodes_;
  AvroNodeId root_ = 0;
};

/// The type that a column gets: Spark's choice for each kind, with UUID, TIME and INTERVAL besides.
/// A union of several types is a STRUCT with a field for each, member0, member1 ...; int and long
/// together are a BIGINT, float and double a DOUBLE. kUser: what no column can be, by its name: a
/// type that holds itself, a record without fields, a decimal of more than 38 digits.
Result<data::Type> avro_column_type(const AvroSchema& schema, AvroNodeId node);

/// The columns of records: the fields of a record, or one column `value` of any other schema.
Result<data::Schema> avro_columns(const AvroSchema& schema);

}  // namespace sluice::formats
