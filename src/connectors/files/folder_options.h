#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "connectors/files/file_pattern.h"
#include "io/file_system.h"

namespace sluice::connectors {

/// Which files of a path a stream reads, and in which order.
struct FolderOptions {
  std::string path;
  bool recursive = false;
  FileOrder order = FileOrder::kName;
  std::int64_t files_per_trigger_max = 1000;
  Micros age_min = 0;        ///< files changed later than this long ago are left for a later batch
  std::string ending{};      ///< names must end so; "": any name
  std::string moved_from{};  ///< where the folder was, with the files in it; "": nowhere else
};

/// The options that every stream of files has: path, order, recursive, min_age and
/// max_files_per_trigger. `path_text` describes the path.
std::vector<OptionSpec> folder_option_specs(std::string path_text, bool recursive);

/// What they say.
Result<FolderOptions> read_folder_options(const Options& options, const io::FileSystem& files);

}  // namespace sluice::connectors
