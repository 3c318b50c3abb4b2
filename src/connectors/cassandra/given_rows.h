#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

/// The rows that a repeated scan has given and would find again, because it looks back: by their
/// key and their value of the growing column. Kept in files beside the inbox, each of which holds
/// for a number of records: what was given after those that are noted is forgotten. One thread.
class GivenRows {
 public:
  /// `rows_max`: more are an error. `files` outlives it.
  GivenRows(std::string folder, std::int64_t rows_max, io::FileSystem& files)
      : folder_(std::move(folder)), rows_max_(rows_max), files_(files) {}

  /// What earlier processes gave up to `records`. kCorruption: a file is broken.
  Status load(std::int64_t records);

  /// Whether it was given; from now on it was. `value_ms`: of the growing column.
  bool add(std::string_view identity, std::int64_t value_ms);

  /// Makes what was added since the last call durable, for as long as `records` are noted. Values
  /// before `low_ms` will not be met again. kUser: too many rows. May be called again after an
  /// error.
  Status store(std::int64_t records, std::int64_t low_ms);

  /// Puts what is left at or after `low_ms` into one file. REQUIRES: `records` are noted.
  Status compact(std::int64_t records, std::int64_t low_ms);

 private:
  struct Hash {
    std::uint64_t low;
    std::uint64_t high;
    bool operator==(const Hash&) const = default;
  };
  struct HashOfHash {
    std::size_t operator()(const Hash& hash) const { return hash.low; }
  };
  struct Row {
    Hash hash;
    std::int64_t value_ms;
  };

  std::string path_of(std::int64_t records, std::string_view ending) const;
  Status write(const std::string& path, const std::vector<Row>& rows);
  Status read(const std::string& path);
  void forget_before(std::int64_t low_ms);

  const std::string folder_;
  const std::int64_t rows_max_;
  io::FileSystem& files_;
  std::unordered_map<Hash, std::int64_t, HashOfHash> rows_;  // -> value
  std::vector<Row> added_;                                   // since the last store()
};

}  // namespace sluice::connectors::cassandra
