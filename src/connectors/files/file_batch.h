#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "data/arena.h"
#include "data/record_batch.h"
#include "data/type.h"

namespace sluice::connectors {

/// The own columns of every source of files, whatever their records.
enum FileColumn : std::size_t { kValue, kFilePath, kFileLine, kFileModified };

/// value VARCHAR, file_path VARCHAR, file_line BIGINT, file_modified TIMESTAMPTZ.
const data::Schema& file_columns();

/// Records of one or several files, held in blocks of the files' bytes. Built by FileScan on one
/// thread, immutable once it is given away.
class FileBatch final : public data::RecordBatch {
 public:
  FileBatch() = default;

  /// Records added from now on come from this file.
  void begin_file(std::string path, Micros modified);
  /// Memory for `rest` and `more` bytes after it, uninitialised; lives as long as the batch.
  /// `rest` lies in the block before, which goes when it has no record.
  char* add_block(std::string_view rest, std::size_t more);
  /// `text` lies in a block.
  void add_record(std::string_view text, std::int64_t line);
  void add_blank_line() { ++blank_lines_; }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  /// `value` shows bytes that are not UTF-8 as U+FFFD; payloads() has them as they are.
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override;
  data::RecordOrigin origin(std::size_t row) const override;
  std::int64_t blank_lines() const override { return blank_lines_; }
  std::size_t bytes() const override { return block_bytes_; }
  /// Of the records alone.
  std::int64_t payload_bytes() const { return payload_bytes_; }

 private:
  struct Part {
    std::string path;
    Micros modified;
    std::size_t first_row;
  };

  const Part& part_of(std::size_t row) const;
  void write_values(std::span<const std::uint32_t> rows, data::VectorWriter& out) const;

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t last_block_bytes_ = 0;
  std::size_t last_block_rows_ = 0;  // records in the blocks before it
  std::size_t block_bytes_ = 0;
  std::int64_t blank_lines_ = 0;
  std::int64_t payload_bytes_ = 0;
  std::vector<data::Payload> payloads_;
  std::vector<std::int64_t> lines_;  // one a record
  std::vector<Part> parts_;
  mutable std::mutex mutex_;      // guards repaired_
  mutable data::Arena repaired_;  // values that were not UTF-8
};

}  // namespace sluice::connectors
