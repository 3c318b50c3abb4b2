#include "support/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"

namespace sluice::io {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice_test_XXXXXX";
  const char* made = ::mkdtemp(pattern.data());
  SLUICE_CHECK(made != nullptr);
  path_ = made;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::put(std::string_view name, std::string_view content) const {
  std::string path = at(name);
  std::filesystem::create_directories(parent_folder(path));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  SLUICE_CHECK(file.good());
  return path;
}

}  // namespace sluice::io
