#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/arena.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "data/vector_writer.h"
#include "sluice/base/result.h"

namespace sluice::data {

/// A record that does not decode. No allocation: a bad row costs this and the dead letter's copy.
struct Reject {
  std::uint32_t row;     ///< index in the batch
  std::uint16_t reason;  ///< the decoder's own code, see Decoder::reason_text
  std::uint16_t column;  ///< index in Decoder::schema(), or kNoColumn for the record as a whole

  static constexpr std::uint16_t kNoColumn = 0xffff;
};

/// Decodes records of one source for one scan. Made per thread and scan; keeps its scratch space
/// and what it has learnt of the records' layout. One thread.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  /// Decodes payloads[first .. first+count). A record that decodes is
  /// written to the next row of `out` (from 0) and its index (first + i) appended to `kept`; one
  /// that does not is appended to `rejects`, and the next record is written over whatever it left
  /// in its row: a reader that has set NULLs there must take them back (VectorWriter::set_valid),
  /// because a row that is written is not set valid again. `out` has one vector per entry of the
  /// `columns` given to Decoder::reader.
  /// REQUIRES: count <= kChunkRowsMax, first + count <= payloads.size(); the payloads stay as they
  /// are for as long as `out` is read; `kept` is empty.
  virtual void read(std::span<const Payload> payloads, std::size_t first, std::size_t count,
                    ChunkWriter out, std::vector<std::uint32_t>& kept,
                    std::vector<Reject>& rejects) = 0;
};

/// Turns the bytes of records into columns by a schema: JSON, CSV ... Made once, for a source or
/// for a function of SQL (from_json). Changes in prepare() alone; between two calls of that it is
/// immutable, for any thread.
class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Fetches what decoding the records of `batch` needs from elsewhere (a schema that they name,
  /// say), so that decoding itself waits for nobody. What schema() says must stay the same. On the
  /// engine's thread, before the first reader for the batch is made, again for each try of the
  /// batch. REQUIRES: no reader made before is alive. kTransient: it may be had later; the batch is
  /// tried again with the pipeline's pauses, and nothing of it was decoded. kUser stops the
  /// pipeline.
  virtual Status prepare(const RecordBatch& /*batch*/) { return {}; }

  /// The records of `messages` as this decoder takes them apart, where one message holds several;
  /// null: each is one record, as it is. Refers to `messages`, which must outlive it. Records that
  /// come of one message have its own columns. On the engine's thread, after prepare(); readers get
  /// the payloads of what it returns.
  virtual std::unique_ptr<RecordBatch> present(const RecordBatch& /*messages*/) const {
    return nullptr;
  }

  /// Own columns that a batch has once it was presented, beside those of its source: column i is
  /// number kAddedColumn + i of RecordBatch::write_column. Empty: present() adds none.
  virtual const Schema& added_columns() const {
    static const Schema kNone;
    return kNone;
  }
  static constexpr std::size_t kAddedColumn = 0x10000;

  /// The columns it can make, in the order the pipeline file declares them.
  virtual const Schema& schema() const = 0;

  /// A reader that fills the columns `columns`, in the order of the output vectors. Columns in
  /// `checked` but not in `columns` are decoded for their errors only, so that scans of a batch
  /// that need other columns reject the same records. Texts that are not slices of the payload go
  /// to `arena`.
  /// REQUIRES: both are indexes into schema(), each once; this and `arena` outlive the reader, and
  /// `arena` the last one who looks at what was decoded.
  virtual std::unique_ptr<RecordReader> reader(std::vector<std::size_t> columns,
                                               std::vector<std::size_t> checked,
                                               Arena& arena) const = 0;

  /// Records may begin with a 0 byte and the number of a schema, as serializers of a schema
  /// registry write them: that is nothing to point at in one that does not decode.
  virtual bool expects_schema_numbers() const { return false; }

  /// "not an integer", "number does not fit DECIMAL(22,12)", ... for the dead letter: lower case,
  /// says what is wrong; the column is named beside it by the caller.
  virtual std::string reason_text(const Reject& reject) const = 0;
};

}  // namespace sluice::data
