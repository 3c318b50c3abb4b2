#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connectors/files/file_offset.h"
#include "connectors/files/read_log.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// What a path names, wherever the program runs: an absolute path of this machine, or a store's
/// URL (of a mount, too), without a slash at its end.
Result<std::string> whole_path(const std::string& path, io::FileSystem& files);

/// Where a source reads now.
struct FolderNow {
  std::string root;        ///< whole path
  std::string moved_from;  ///< the option
  std::string path;        ///< the option
  FileOrder order;
  std::string source;  ///< its name
};

/// Brings the offset of an earlier run to the folder that is read now, and into today's layout:
/// what it cannot name any more goes into `log`. Nothing changes where the folder is the same.
/// `list` gives the files that are there. kUser E_FOLDER_CHANGED when the folder is another one,
/// neither above nor below the old one, and not said to have been moved.
Status go_on_in_folder(const FolderNow& now, const std::string& checkpoint, io::FileSystem& files,
                       const std::function<Result<std::vector<SourceFile>>()>& list, ReadLog& log,
                       FileOffset& offset);

}  // namespace sluice::connectors
