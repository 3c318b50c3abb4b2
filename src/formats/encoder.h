#pragma once

#include <cstdint>
#include <string>

#include "data/vector_reader.h"
#include "sluice/base/result.h"

namespace sluice::formats {

/// Turns rows into the bytes of records: the other side of data::Decoder. Made for the columns of
/// one schema. Changes in prepare() alone; else immutable, for any thread.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Has elsewhere what the records need: registers their schema, say. Before the first row of a
  /// batch. kTransient: try again later. kUser: the other side refuses.
  virtual Status prepare() { return {}; }

  /// Appends the record that row `row` becomes to `out`, without a line's end. Costs no allocation
  /// but the room in `out`. False: the row has no bytes, which is not the same as none of them, and
  /// nothing is appended (raw's NULL: a record without a value). kUser: the format's own schema has
  /// no place for the row (E_VALUE_DOES_NOT_FIT); what `out` has of it means nothing. REQUIRES:
  /// `columns` are those of the schema.
  virtual Result<bool> append(data::ChunkReader columns, std::uint64_t row,
                              std::string& out) const = 0;
};

}  // namespace sluice::formats
