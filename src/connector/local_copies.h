#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "data/parquet_rows.h"

namespace sluice::connector {

/// The files of one version of a table, on this machine: those of a store are fetched, and kept as
/// long as this has them.
class LocalCopies {
 public:
  explicit LocalCopies(const Context& context) : files_(context.files), spool_(context.spool) {}

  /// Where the file can be read by its path. Errors as Spool::fetch.
  /// REQUIRES: of a store's file, here and below: the context has a spool.
  Result<std::string> add(const std::string& path, std::uint64_t bytes, Micros modified);
  /// Fetches all of `files` (with their paths in the store), several at a time, and makes their
  /// paths of this machine; what people see stays in shown_path. `sizes`: one for each.
  Status add_all(std::vector<data::ParquetFile>& files, const std::vector<std::uint64_t>& sizes);
  /// Lets them go; what comes back soon is fetched no second time.
  void clear() { held_.clear(); }

 private:
  io::FileSystem& files_;
  io::Spool* spool_;
  std::vector<io::LocalCopy> held_;
};

}  // namespace sluice::connector
