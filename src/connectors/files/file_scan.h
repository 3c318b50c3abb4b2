#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/files/file_batch.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/record_splitter.h"
#include "connectors/files/replay_pace.h"
#include "data/offset.h"
#include "io/file_system.h"
#include "io/unpacked_file.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// How the files of a source are read.
struct ScanRules {
  RecordSyntax syntax;
  bool header = false;                    ///< the first record names the columns
  std::vector<std::string> header_names;  ///< that it must name; empty: whatever
  bool keep_empty_lines = false;
  std::uint64_t block_bytes = 1 << 20;  ///< read at once
  /// A longer one is an error; one that quotes hold together is cut, so that it does not decode.
  std::uint64_t record_bytes_max = 64 << 20;
};

/// Reads the records of one file from a position on into a batch. A byte order mark is skipped.
/// Positions in a compressed file count unpacked bytes.
class FileScan {
 public:
  /// Starts at `start`; `path` is the file's. `rules`, `files` and `unpacked` outlive the scan;
  /// `unpacked`: of a compressed file, null for others.
  FileScan(io::FileSystem& files, const ScanRules& rules, std::string path, OpenFile start,
           io::UnpackedFile* unpacked);

  /// Adds records until the batch holds what `limit` allows (a batch without any gets one), the
  /// position `end` is reached, or the file's end (its planned size; a compressed one's own).
  /// Errors: kUser (compressed and not called so, broken, other header, a record beyond the limit),
  /// kCorruption (the file is shorter than planned), kCancelled.
  Status read_into(FileBatch& batch, const data::ReadLimit& limit, std::uint64_t end,
                   const std::stop_token& stop);

  /// From now on read_into() stops before the first record that is not due, too, even of a batch
  /// without any; null: no more. `pace` outlives this.
  void keep_pace(ReplayPace* pace) { pace_ = pace; }

  /// Where it is: before the first record that was not added.
  const OpenFile& at() const { return at_; }
  bool is_done() const { return at_.position >= bytes_; }

 private:
  /// Puts what is left of the block and more of the file into a new block.
  Status load_more(FileBatch& batch);
  std::uint64_t block_bytes() const;
  /// Bytes of the file, fewer at its end, which is then known.
  Result<std::size_t> read_some(std::uint64_t offset, std::span<char> out);
  /// Adds what is kept of a record that is longer than allowed, and passes it by. False: its first
  /// quote is never closed, so that its line alone is the record.
  Result<bool> cut_record(FileBatch& batch, const std::stop_token& stop);
  /// Feeds what follows rest_ until the record ends; where that is. What was read after it goes
  /// back to a compressed file.
  Result<std::uint64_t> walk_on(RecordWalk& walk, const std::stop_token& stop);
  Status begin(FileBatch& batch);
  Status check_header(std::string_view record) const;
  bool is_full(const FileBatch& batch, std::size_t next_bytes, const data::ReadLimit& limit) const;
  Error at_error(Kind kind, const std::string& message) const;
  Error too_long() const;
  void advance(const RecordEnd& record);

  io::FileSystem& files_;
  const ScanRules& rules_;
  const std::string path_;
  io::UnpackedFile* const unpacked_;
  ReplayPace* pace_ = nullptr;
  OpenFile at_;
  std::uint64_t bytes_;    // of the file; of a compressed one not known before its end
  std::string_view rest_;  // read from the file and not yet passed on; lies in a block of the batch
};

}  // namespace sluice::connectors
