#include "io/local_file_system.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/descriptor.h"
#include "io/system_error.h"

namespace sluice::io {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

/// Reads until `out` is full or the file ends.
Result<std::size_t> read_full(const Descriptor& file, const std::string& path, std::uint64_t offset,
                              std::span<char> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t bytes = ::pread(file.number(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return system_error("read", path, errno);
    if (bytes == 0) break;
    done += static_cast<std::size_t>(bytes);
  }
  return done;
}

Status sync_descriptor(const Descriptor& file, const std::string& path) {
  int result = 0;
  do {
    result = ::fsync(file.number());
  } while (result != 0 && errno == EINTR);
  // Some file systems cannot sync a folder and say EINVAL; then there is nothing to wait for.
  if (result != 0 && errno != EINVAL) return system_error("sync", path, errno);
  return {};
}

constexpr std::string_view kUnfinished = ".tmp-";

/// A name beside `path` that no other process or thread takes; hidden, so that readers of the
/// folder skip it.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  const std::string name = "." + file_name(path) + std::string(kUnfinished) +
                           std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  return join_path(parent_folder(path), name);
}

Status write_synced(const std::string& path, std::string_view content) {
  SLUICE_ASSIGN(const Descriptor file, open_descriptor(path, O_WRONLY | O_CREAT | O_TRUNC));
  SLUICE_TRY(write_all(file, path, content));
  return sync_descriptor(file, path);
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first{};
  struct stat second{};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/// Moves `from` to `to` unless `to` exists: true when moved.
Result<bool> move_if_absent(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return true;
  }
  // A file server (NFS) may have done it, lost the answer and met it when it was asked again.
  const int problem = errno;
  if (is_same_file(from, to)) {
    ::unlink(from.c_str());
    return true;
  }
  errno = problem;
  if (errno == EEXIST) return false;
  if (errno != EPERM && errno != ENOTSUP && errno != EMLINK) {
    return system_error("link", to, errno);
  }
  // No hard links on this file system.
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  return system_error("rename", to, errno);
}

FileInfo info_of(std::string path, const struct stat& status) {
  return {std::move(path), static_cast<std::uint64_t>(status.st_size),
          Micros{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1'000,
          S_ISDIR(status.st_mode)};
}

}  // namespace

bool is_unfinished(std::string_view path) {
  const std::string name = file_name(path);
  return name.starts_with('.') && name.find(kUnfinished) != std::string::npos;
}

Result<std::optional<FileInfo>> LocalFileSystem::find(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return std::optional(info_of(path, status));
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileInfo>();
  return system_error("stat", path, errno);
}

Result<std::string> LocalFileSystem::read(const std::string& path) {
  SLUICE_ASSIGN(const Descriptor file, open_descriptor(path, O_RDONLY));
  std::string content;
  constexpr std::size_t kBlockBytes = 1 << 16;
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + kBlockBytes);
    SLUICE_ASSIGN(const std::size_t bytes,
                  read_full(file, path, before, {content.data() + before, kBlockBytes}));
    content.resize(before + bytes);
    if (bytes < kBlockBytes) return content;
  }
}

Result<std::size_t> LocalFileSystem::read_at(const std::string& path, std::uint64_t offset,
                                             std::span<char> out) {
  SLUICE_ASSIGN(const Descriptor file, open_descriptor(path, O_RDONLY));
  return read_full(file, path, offset, out);
}

Status LocalFileSystem::make_folders(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return {};
    return system_error("make folder", path, ENOTDIR);
  }
  const std::string parent = parent_folder(path);
  if (parent != path) SLUICE_TRY(make_folders(parent));
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    return system_error("make folder", path, errno);
  }
  return sync(parent);
}

Status LocalFileSystem::write_atomic(const std::string& path, std::string_view content) {
  const std::string temporary = temporary_name(path);
  Status written = write_synced(temporary, content);
  if (written) written = rename(temporary, path);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return sync(parent_folder(path));
}

Result<bool> LocalFileSystem::write_if_absent(const std::string& path, std::string_view content) {
  SLUICE_ASSIGN(const auto there, find(path));
  if (there) return false;
  const std::string temporary = temporary_name(path);
  const Status written = write_synced(temporary, content);
  Result<bool> moved = false;
  if (written) moved = move_if_absent(temporary, path);
  const bool is_moved = written && moved && *moved;
  if (!is_moved) ::unlink(temporary.c_str());
  if (!written) return written.error().clone();
  if (is_moved) SLUICE_TRY(sync(parent_folder(path)));
  return moved;
}

Status LocalFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return system_error("rename", from + " to=" + to, errno);
  }
  return {};
}

Status LocalFileSystem::remove(const std::string& path) {
  if (std::remove(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path, errno);
  return {};
}

Status LocalFileSystem::make_private(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_error("stat", path, errno);
  if ((status.st_mode & kOthers) == 0) return {};
  if (::chmod(path.c_str(), status.st_mode & 07777U & ~kOthers) == 0) return {};
  return system_error("close to other users", path, errno);
}

Result<bool> LocalFileSystem::is_private(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_error("stat", path, errno);
  return (status.st_mode & kOthers) == 0;
}

Status LocalFileSystem::sync(const std::string& path) {
  SLUICE_ASSIGN(const Descriptor file, open_descriptor(path, O_RDONLY));
  return sync_descriptor(file, path);
}

std::unique_ptr<FileSystem> make_local_file_system() { return std::make_unique<LocalFileSystem>(); }

}  // namespace sluice::io
