#include "app/composition/scratch_folder.h"

#include <cstdlib>
#include <filesystem>

#include "base/check.h"

namespace sluice::app {

ScratchFolder::ScratchFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice-sql-XXXXXX";
  const char* made = ::mkdtemp(pattern.data());
  SLUICE_CHECK(made != nullptr);
  path_ = made;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sluice::app
