#pragma once

#include <cstdint>
#include <string>

#include "data/vector_reader.h"

namespace sluice::formats {

/// Turns rows into the bytes of records: the other side of data::Decoder. Made for the columns of
/// one schema. Immutable; any thread.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Appends the record that row `row` becomes to `out`, without a line's end. Costs no allocation
  /// but the room in `out`. False: the row has no bytes, which is not the same as none of them, and
  /// nothing is appended (raw's NULL: a record without a value).
  /// REQUIRES: `columns` are those of the schema.
  virtual bool append(data::ChunkReader columns, std::uint64_t row, std::string& out) const = 0;
};

}  // namespace sluice::formats
