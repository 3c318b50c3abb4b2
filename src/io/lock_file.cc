#include "io/lock_file.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::io {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

/// Null: errno says why.
std::optional<std::string> identity_of(int folder, const char* path, int flags) {
  struct statx info{};
  if (::statx(folder, path, flags, STATX_INO | STATX_BTIME, &info) != 0) return std::nullopt;
  std::string text = std::to_string(info.stx_ino);
  if ((info.stx_mask & STATX_BTIME) != 0) {
    text +=
        " " + std::to_string(info.stx_btime.tv_sec) + "." + std::to_string(info.stx_btime.tv_nsec);
  }
  return text;
}

}  // namespace

std::string LockFile::holder_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "unknown";
  const LockFile closes(descriptor);
  std::array<char, 32> text{};
  const ssize_t bytes = ::pread(descriptor, text.data(), text.size() - 1, 0);
  return bytes > 0 ? std::string(text.data(), static_cast<std::size_t>(bytes)) : "unknown";
}

Result<std::optional<LockFile>> LockFile::try_acquire(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return user_error("cannot open lock file " + path + ": " + reason(errno));
  LockFile lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<LockFile>();
    return internal_error("cannot lock " + path + ": " + reason(errno));
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return transient_error("cannot write lock file " + path + ": " + reason(errno));
  }
  return std::optional(std::move(lock));
}

Result<std::string> LockFile::identity() const {
  if (auto text = identity_of(descriptor_, "", AT_EMPTY_PATH)) return *std::move(text);
  return internal_error("cannot look at the lock file: " + reason(errno));
}

std::optional<std::string> file_identity(const std::string& path) {
  return identity_of(AT_FDCWD, path.c_str(), 0);
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace sluice::io
