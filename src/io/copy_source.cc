#include "io/copy_source.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/system_error.h"

namespace sluice::io {
namespace {

constexpr std::size_t kBytesAtOnce = std::size_t{1} << 30;

Status copy_bytes(int from, int to, const std::string& path) {
  struct stat status{};
  if (::fstat(from, &status) != 0) return system_error("stat", path, errno);
  off_t at = 0;
  while (at < status.st_size) {
    const ssize_t bytes = ::sendfile(to, from, &at, kBytesAtOnce);
    if (bytes < 0 && errno != EINTR) return system_error("copy", path, errno);
    if (bytes == 0) break;
  }
  return {};
}

}  // namespace

Result<CopySource> CopySource::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return system_error("open", path, errno);
  return CopySource(path, descriptor);
}

CopySource::~CopySource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> CopySource::beginning(std::size_t bytes) const {
  std::string text(bytes, '\0');
  const ssize_t read = ::pread(descriptor_, text.data(), bytes, 0);
  if (read < 0) return system_error("read", path_, errno);
  text.resize(static_cast<std::size_t>(read));
  return text;
}

Status CopySource::copy_to(const std::string& path) const {
  const int to = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (to < 0) return system_error("open", path, errno);
  Status copied;
  if (::ioctl(to, FICLONE, descriptor_) != 0) copied = copy_bytes(descriptor_, to, path_);
  if (::close(to) != 0 && copied) copied = system_error("close", path, errno);
  return copied;
}

}  // namespace sluice::io
