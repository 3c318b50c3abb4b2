#pragma once

#include <memory>
#include <string>

#include "io/file_system.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// The Delta table at `path`, of this machine or of a store that `files` knows, with its newest
/// snapshot. kUser when none is there.
Result<std::unique_ptr<lake::Table>> open_existing(const std::string& path, io::FileSystem& files);

}  // namespace sluice::connectors
