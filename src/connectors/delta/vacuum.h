#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "lake/table.h"

namespace sluice::connectors {

struct Vacuumed {
  std::vector<std::string> files;  ///< relative to the table
  std::int64_t bytes = 0;
};

/// Removes (with `dry_run` only names) the Parquet files below `path` that no version of the last
/// `retention` needs: those that are not in the table's newest version, were not removed from it
/// since then and are older themselves. Files and folders whose names begin with `_` or `.` stay,
/// but partitions (`_k=v`). kUser when the log does not reach back so far.
Result<Vacuumed> vacuum(lake::Table& table, const std::string& path, io::FileSystem& files,
                        Micros now, Micros retention, bool dry_run);

struct Restored {
  std::int64_t version = -1;  ///< that it made; -1: nothing was to be done
  std::int64_t files_removed = 0;
  std::int64_t files_restored = 0;
};

/// Gives the table the files of `version` again, in a new version. kUser when its metadata
/// was changed since, a file is gone or has deleted rows.
Result<Restored> restore(lake::Table& table, const std::string& path, io::FileSystem& files,
                         std::int64_t version);

}  // namespace sluice::connectors
