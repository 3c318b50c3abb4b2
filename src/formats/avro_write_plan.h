#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/avro_schema.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// How the value of one column, or of a part of one, is written.
struct AvroWrite {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  data::Type from;
  std::string path{};  ///< of the column, for messages
  /// Of a union: the numbers of its branches for a value and for NULL; -1: there is none. A value
  /// outside a union has -1 in both.
  std::int32_t value_branch = -1;
  std::int32_t null_branch = -1;
  std::size_t size = 0;  ///< of a fixed
  int precision = 0;     ///< of a decimal
  int scale = 0;
  std::vector<std::string> symbols{};
  /// Record: its fields. Array, map: the element. Union of several types: its members.
  std::vector<AvroWrite> children{};
  /// Record: per field the column, or child of the STRUCT; -1: `constants` has its bytes. Union of
  /// several types: per member the number of its branch.
  std::vector<std::int32_t> sources{};
  std::vector<std::string> constants{};
};

/// How rows become values of an Avro schema. Immutable.
class AvroWritePlan {
 public:
  /// kUser: a column that the schema has no field for or of an unfit type, a field without a column
  /// that has no default.
  static Result<AvroWritePlan> compile(const AvroSchema& target, const data::Schema& schema);

  /// Appends the row's value. kUser E_VALUE_DOES_NOT_FIT.
  Status append(data::ChunkReader columns, std::uint64_t row, std::string& out) const;

 private:
  AvroWrite root_;
};

}  // namespace sluice::formats
