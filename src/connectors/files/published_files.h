#pragma once

#include <string_view>
#include <vector>

#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Of the folder of files at `path`: those that the sink `sink` of the pipeline `pipeline` has
/// published in append mode, in batches that are there as a whole (docs/format/files.md); the
/// newest batch first. None when there is no such folder. Any thread may call, also while the sink
/// writes.
Result<std::vector<io::FileInfo>> published_files(io::FileSystem& files, const std::string& path,
                                                  std::string_view pipeline, std::string_view sink);

}  // namespace sluice::connectors
