#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/type.h"
#include "data/vector_reader.h"
#include "formats/protobuf_schema.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// How the value of one column, or of a part of one, is written as a field.
struct ProtoWrite {
  ProtoKind kind = ProtoKind::kInt32;
  ProtoWellKnown well_known = ProtoWellKnown::kNone;
  std::uint32_t number = 0;
  bool is_repeated = false;
  bool is_map = false;
  bool is_packed = false;
  bool is_required = false;
  std::int32_t oneof = -1;
  bool omits_zero = false;  ///< a default is not written: the field has no presence
  data::Type from;          ///< of a list or map: of its elements
  std::string path{};       ///< of the column, for messages
  std::int32_t source = 0;  ///< the column, or child of the STRUCT
  std::map<std::string, std::int32_t> numbers{};  ///< of an enum's symbols
  std::vector<ProtoWrite>
      fields{};  ///< of a message; of a map: key and value; of a wrapper: its value
};

/// How rows become messages of a type. Immutable.
class ProtoWritePlan {
 public:
  /// kUser: a column that the message has no field for, or of an unfit type. A field without a
  /// column is left out of each message.
  static Result<ProtoWritePlan> compile(const ProtoSchema& target, ProtoMessageId message,
                                        const data::Schema& schema);

  /// Appends the row's message. NULL: the field is not in it. kUser E_VALUE_DOES_NOT_FIT.
  Status append(data::ChunkReader columns, std::uint64_t row, std::string& out) const;

 private:
  std::vector<ProtoWrite> fields_;
};

}  // namespace sluice::formats
