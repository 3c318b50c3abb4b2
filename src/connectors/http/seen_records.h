#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/http/fetched_record.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// Which records a feed has given before, by their ids: the newest `ids_max`, by when an answer had
/// them last. In memory, and in a file beside the inbox. One thread.
class SeenRecords {
 public:
  /// `files` outlives it.
  SeenRecords(std::string path, std::size_t ids_max, io::FileSystem& files)
      : path_(std::move(path)), ids_max_(ids_max), files_(files) {}

  /// What an earlier run has saved; false: nothing. kCorruption: the file is broken. Makes the
  /// file's folder, which is its own.
  Result<bool> load();
  /// Durably: all there is, and that the records before number `covers` are among it.
  Status save(std::int64_t covers);
  /// As of the newest save() or load().
  std::int64_t covers() const { return covers_; }

  /// A new answer begins: what it has counts as newer than what those before had.
  void begin_answer() {
    ++answer_;
    in_answer_ = 0;
  }
  /// Notes that the answer has it; true: none before had.
  bool add(const RecordId& id);
  /// The answer has more different records than are remembered: the next one would give some again.
  bool is_overrun() const { return in_answer_ > ids_max_; }
  /// Forgets the oldest, so that `ids_max` are left.
  void trim();
  std::size_t size() const { return seen_.size(); }
  const std::string& path() const { return path_; }

 private:
  struct Hash {
    std::size_t operator()(const RecordId& id) const;
  };

  const std::string path_;
  const std::size_t ids_max_;
  io::FileSystem& files_;
  std::unordered_map<RecordId, std::uint64_t, Hash> seen_;  // id: the newest answer that had it
  std::uint64_t answer_ = 0;
  std::size_t in_answer_ = 0;  // different ids in it
  std::int64_t covers_ = 0;
};

}  // namespace sluice::connectors::http
