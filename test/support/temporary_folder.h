#pragma once

#include <string>
#include <string_view>

#include "io/file_system.h"

namespace sluice::io {

/// For tests: an empty folder of its own under the system's temporary folder, removed with all that
/// is in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  /// The path of `name` in it.
  std::string at(std::string_view name) const { return join_path(path_, name); }
  /// Writes a file, with the folders above it, and gives its path.
  std::string put(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace sluice::io
