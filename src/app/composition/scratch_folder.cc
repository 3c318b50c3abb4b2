#include "app/composition/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace sluice::app {

Status ScratchFolder::make() {
  if (!path_.empty()) return {};
  std::error_code unknown;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(unknown);
  if (unknown) {
    return user_error(
        "E_NO_TEMPORARY_FOLDER: the folder for temporary files (TMPDIR, else /tmp): " +
        unknown.message() + "; set TMPDIR to a folder that can be written to");
  }
  std::string pattern = parent / "sluice-sql-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return user_error("E_NO_TEMPORARY_FOLDER: cannot make a folder for temporary files: path=" +
                      parent.string() + ": " + std::generic_category().message(errno) +
                      "; set TMPDIR to a folder that can be written to");
  }
  path_ = pattern;
  return {};
}

ScratchFolder::~ScratchFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sluice::app
