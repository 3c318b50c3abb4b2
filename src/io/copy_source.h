#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "sluice/base/result.h"

namespace sluice::io {

/// A file that another library of this process has open and locked, to be copied. It stays open for
/// as long as this lives, since closing it would drop the locks of the whole process on it
/// (fcntl(2)): let this outlive the library's use.
class CopySource {
 public:
  static Result<CopySource> open(const std::string& path);

  CopySource(CopySource&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  CopySource& operator=(CopySource&&) = delete;
  CopySource(const CopySource&) = delete;
  CopySource& operator=(const CopySource&) = delete;
  ~CopySource();

  /// Its first bytes; fewer when it is shorter.
  Result<std::string> beginning(std::size_t bytes) const;
  /// The whole file, into a new or overwritten one: shared blocks where the file system has them
  /// (reflink), else copied inside the kernel. Not synced.
  Status copy_to(const std::string& path) const;

 private:
  CopySource(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace sluice::io
