#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::cassandra {

/// How far the scans of a source are, as its file in the checkpoint says
/// (docs/format/cassandra.md). What is in the inbox after `records` was stored by a process that
/// died before it had noted it: nobody has seen it, and it is read again.
struct ScanProgress {
  std::string plan;  ///< ScanPlan::fingerprint
  std::string read;  ///< keyspace.table or the query; "": not noted (an older version's file)
  /// Of a repeated scan: its growing column. "": it is not repeated; null: not noted.
  std::optional<std::string> growing;
  std::int64_t scan = 0;     ///< number of the scan, from 1; 0: none has begun
  Micros started = 0;        ///< when it has
  std::int64_t records = 0;  ///< rows of all scans in the inbox, since the checkpoint began
  /// Ranges that are not read to their ends, and where to go on; empty: the scan is over.
  std::map<std::uint32_t, std::string> left;
  /// Of a repeated scan, milliseconds: the growing column's highest value in all finished scans,
  /// and in the running one.
  std::optional<std::int64_t> high;
  std::optional<std::int64_t> scan_high;

  bool is_over() const { return scan > 0 && left.empty(); }

  std::string to_json() const;
  /// Null: there is none yet. kCorruption: the file is none.
  static Result<std::optional<ScanProgress>> load(io::FileSystem& files, const std::string& path);
};

}  // namespace sluice::connectors::cassandra
