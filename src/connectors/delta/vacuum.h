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

/// Removes (with `dry_run` only names) the files below `path` that no version of the last
/// `retention` needs, data, change data and deletion vectors: those that are not in the table's
/// newest version, were not removed from it (or, change data, written) since then and are older
/// themselves. What a killed writer has left goes, too. Files of other names stay, and files and
/// folders whose names begin with `_` or `.` but `_change_data` and partitions (`_k=v`). kUser when
/// the log does not reach back so far.
Result<Vacuumed> vacuum(lake::Table& table, const std::string& path, io::FileSystem& files,
                        Micros now, Micros retention, bool dry_run);

}  // namespace sluice::connectors
