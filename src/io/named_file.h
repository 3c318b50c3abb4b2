#pragma once

#include <optional>
#include <string>
#include <utility>

#include "sluice/base/result.h"

namespace sluice::io {

/// Knows whether a path still names the file that it named once. The file is not opened for
/// reading, so that locks which other code of this process has on it stay (fcntl(2)); as long as
/// this lives no other file gets its number.
class NamedFile {
 public:
  /// The file of this machine at `path`; null: nothing is there.
  static Result<std::optional<NamedFile>> find(const std::string& path);

  NamedFile(NamedFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  NamedFile& operator=(NamedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  NamedFile(const NamedFile&) = delete;
  NamedFile& operator=(const NamedFile&) = delete;
  ~NamedFile();

  /// False as well where it cannot be found out.
  bool is_still_there() const;

 private:
  NamedFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace sluice::io
