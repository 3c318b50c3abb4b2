#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "data/parquet_rows.h"
#include "data/vector_writer.h"

namespace sluice::data {

/// The bytes of one raw record; `bytes` null is an absent value (a Kafka tombstone).
struct Payload {
  const char* bytes = nullptr;
  std::uint32_t size = 0;
  /// Not 0: it is known already that the record does not decode, and why; the decoder's own code
  /// (Decoder::reason_text). Decoder::present() says so of messages that it cannot take apart.
  std::uint16_t broken = 0;

  std::string_view text() const { return {bytes, size}; }
};

/// Where a record came from: what a dead letter says of it.
struct RecordOrigin {
  std::string origin;                   ///< topic, or file path
  std::int32_t partition = 0;           ///< Kafka partition; 0 elsewhere
  std::int64_t offset = 0;              ///< Kafka offset; line number (from 1) in a file
  bool is_file = false;                 ///< `origin` is a file's path, `offset` a line
  std::optional<Micros> timestamp;      ///< Kafka's; a file's modification time
  std::optional<std::string_view> key;  ///< points into the batch
  std::optional<std::int64_t> element;  ///< of several records in one message: which, from 0
};

/// The raw records of one source in one micro-batch, held in memory until the batch is released, so
/// that SQL may scan them any number of times and vectors may point into them. Immutable once
/// handed over; any thread may read.
///
/// A batch offers two kinds of columns: those of its own (Source::schema(): Kafka's key, value,
/// topic, partition, offset ...; a generator's columns) written by write_column, and those that a
/// Decoder makes of the payloads.
class RecordBatch {
 public:
  virtual ~RecordBatch() = default;

  virtual std::size_t size() const = 0;

  /// Null, unless the batch is a set of Parquet files (connector::ParquetBatch): SQL then reads
  /// those, and neither payloads nor columns are asked for.
  virtual const ParquetRows* parquet() const { return nullptr; }

  /// One payload a record, or empty when the source has own columns only.
  virtual std::span<const Payload> payloads() const = 0;

  /// Writes own column `column` (index into Source::schema()) of the records `rows` into rows
  /// 0..rows.size()-1 of `out`. Called once a column and chunk, from several threads.
  /// REQUIRES: at most kChunkRowsMax rows, each below size(); `out` is of the column's type.
  virtual void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                            VectorWriter& out) const = 0;

  /// The bytes that a dead letter keeps of a record: the message that it is in.
  /// REQUIRES: row < size(), and there are payloads.
  virtual Payload original(std::size_t row) const { return payloads()[row]; }

  /// For dead letters and messages; slow path.
  /// REQUIRES: row < size().
  virtual RecordOrigin origin(std::size_t row) const = 0;

  /// Blank lines among the records, which are none.
  virtual std::int64_t blank_lines() const { return 0; }

  /// Bytes held in memory, roughly.
  virtual std::size_t bytes() const = 0;
};

}  // namespace sluice::data
