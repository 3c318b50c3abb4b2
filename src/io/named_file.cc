#include "io/named_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/system_error.h"

namespace sluice::io {

Result<std::optional<NamedFile>> NamedFile::find(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return std::optional<NamedFile>();
  if (descriptor < 0) return system_error("open", path, errno);
  return std::optional(NamedFile(path, descriptor));
}

NamedFile::~NamedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool NamedFile::is_still_there() const {
  struct stat held{};
  struct stat named{};
  return ::fstat(descriptor_, &held) == 0 && ::stat(path_.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace sluice::io
