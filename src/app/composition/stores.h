#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "config/pipeline_file.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// Files of this machine and of the stores that the file's `s3` and `mounts`, the environment and
/// the profile files name. Connects to nothing. kUser errors carry the place in the file.
Result<std::unique_ptr<io::FileSystem>> make_file_system(const config::PipelineFile& file);

/// As above, with the environment and the profile files alone.
std::unique_ptr<io::FileSystem> make_file_system();

/// `path` without the slashes at its end; "/" stays.
std::string without_slashes(std::string path);

/// The values in `s3` and `mounts` that nobody may see.
Result<std::vector<ConfigValue>> store_secrets(const config::PipelineFile& file);

}  // namespace sluice::app
