#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Removes those of `written`, files that this process has written below `path` (and which are
/// named so that nobody else does) for a commit after version `from`, that no version since then up
/// to the snapshot has. The snapshot must be of now, and no commit that names them may be on its
/// way: each has been answered, or its version is taken. What cannot be known (a log entry is gone)
/// stays. After an error some may be removed.
Status remove_unused_files(lake::Table& table, std::int64_t from, const std::string& path,
                           const std::vector<std::string>& written, io::FileSystem& files);

}  // namespace sluice::connectors
