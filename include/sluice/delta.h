#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// What `sluice delta` does to a Delta table at `path`. Any thread may call; several runs on one
// table, and writers beside them, are settled by the table's log. Errors: kUser (no table, a
// feature that forbids it, an argument), kTransient (may pass), kConflict, kCorruption.

struct DeltaDescription {
  std::string path;
  std::int64_t version = 0;
  std::int64_t checkpoint_version = 0;  ///< 0: none
  int min_reader_version = 0;
  int min_writer_version = 0;
  std::vector<std::string> features;
  std::vector<std::pair<std::string, std::string>> columns;  ///< name and SQL type
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> properties;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> rows;  ///< null: unknown for some file
  std::int64_t files_with_deleted_rows = 0;
};
Result<DeltaDescription> describe_delta(const std::string& path);

struct DeltaCommit {
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;  ///< since 1970; 0: unknown to the log
  std::string operation;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::pair<std::string, std::string>> metrics;
  std::string engine;
  std::string user_metadata;
};
/// The newest `limit` commits, newest first.
Result<std::vector<DeltaCommit>> delta_history(const std::string& path, std::size_t limit);

struct DeltaOptimize {
  std::int64_t target_bytes = 0;       ///< 0: the table's delta.targetFileSize, or 128 MB
  std::vector<std::string> sort_by;    ///< every file of a partition is rewritten, in this order
  std::vector<std::string> zorder_by;  ///< ... along a Z-order curve; not with sort_by
};
struct DeltaOptimized {
  std::int64_t version = -1;  ///< -1: there was nothing to do
  std::int64_t files_removed = 0;
  std::int64_t files_added = 0;
  std::int64_t bytes_removed = 0;
  std::int64_t bytes_added = 0;
};
Result<DeltaOptimized> optimize_delta(const std::string& path, const DeltaOptimize& options);

struct DeltaVacuum {
  /// Files that the table has not needed for this long are removed; null: its
  /// delta.deletedFileRetentionDuration, or 7 days.
  std::optional<std::chrono::microseconds> retention;
  bool allow_short = false;  ///< less than 7 days
  bool dry_run = false;
};
struct DeltaVacuumed {
  std::vector<std::string> files;  ///< relative to the table
  std::int64_t bytes = 0;
};
Result<DeltaVacuumed> vacuum_delta(const std::string& path, const DeltaVacuum& options);

struct DeltaRestored {
  std::int64_t version = -1;      ///< that it made; -1: the table was like this already
  std::int64_t from_version = 0;  ///< whose files it has now
  std::int64_t files_removed = 0;
  std::int64_t files_restored = 0;
  bool metadata_restored = false;  ///< columns, partitions or properties were others
};
/// The time is milliseconds since 1970. kUser unless exactly one of the two is given.
Result<DeltaRestored> restore_delta(const std::string& path, std::optional<std::int64_t> version,
                                    std::optional<std::int64_t> timestamp_ms);

struct DeltaCreate {
  /// "id BIGINT, day DATE": DuckDB's types. Empty with `convert`: the Parquet files have them.
  std::string columns;
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> properties;
};
/// Makes an empty table.
Status create_delta(const std::string& path, const DeltaCreate& options);
/// Makes a table of the Parquet files in a folder, where they are. The files of a table that is
/// partitioned lie in folders k=v/. Returns the number of files.
Result<std::int64_t> convert_to_delta(const std::string& path, const DeltaCreate& options);

/// One JSON object each, of the members' names.
std::string to_json(const DeltaDescription& description);
std::string to_json(const std::vector<DeltaCommit>& history);
std::string to_json(const DeltaOptimized& done);
std::string to_json(const DeltaVacuumed& done);
std::string to_json(const DeltaRestored& done);

}  // namespace sluice
