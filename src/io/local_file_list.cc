#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "io/local_file_system.h"
#include "io/system_error.h"

namespace sluice::io {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

using Wanted = std::function<bool(const std::string&)>;
using Take = std::function<void(FileInfo)>;

/// Gives `take` the wanted files in one folder, and notes its folders. Links to files count as
/// files; links to folders are skipped, since they may run in circles.
Status list_one(const std::string& folder, const Wanted& wanted, const Take& take,
                std::deque<std::string>& folders) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return system_error("list", folder, errno);
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): each call reads a stream of its own.
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = join_path(folder, name);
    const bool is_told = entry->d_type == DT_REG || entry->d_type == DT_LNK;
    if (is_told && !wanted(path)) continue;
    if (entry->d_type == DT_DIR) {
      folders.push_back(path);
      continue;
    }
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) continue;  // gone since
    if (S_ISDIR(status.st_mode)) {
      folders.push_back(path);
      continue;
    }
    if (!is_told && !wanted(path)) continue;
    if (S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) != 0) continue;
    if (!S_ISREG(status.st_mode)) continue;
    take({path, static_cast<std::uint64_t>(status.st_size),
          Micros{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1'000});
  }
  if (errno != 0) return system_error("list", folder, errno);
  return {};
}

/// Whether a folder's time changes whenever an entry comes or goes, and is seen at once. (ZFS is no
/// part of the kernel's own headers.)
bool has_sure_times(const std::string& folder) {
  constexpr std::uint64_t kZfs = 0x2FC12FC1;
  struct statfs status{};
  if (::statfs(folder.c_str(), &status) != 0) return false;
  switch (static_cast<std::uint64_t>(status.f_type) & 0xFFFFFFFFU) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case kZfs:
      return true;
    default:
      return false;
  }
}

/// Adds the folders in `folder`, without a look at its files.
Status add_folders(const std::string& folder, std::deque<std::string>& folders) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (!open) return system_error("list", folder, errno);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): each call reads a stream of its own.
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
    const std::string path = join_path(folder, name);
    struct stat status{};
    const bool is_folder =
        entry->d_type == DT_DIR || (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
    if (is_folder) folders.push_back(path);
  }
  return {};
}

}  // namespace

Result<std::vector<FileInfo>> LocalFileSystem::folder_times(const std::string& folder,
                                                            bool recursive) {
  std::vector<FileInfo> times;
  if (!has_sure_times(folder)) return times;
  std::deque<std::string> folders = {folder};
  while (!folders.empty()) {
    const std::string next = std::move(folders.front());
    folders.pop_front();
    SLUICE_ASSIGN(auto info, find(next));
    if (!info) continue;  // gone since: its parent's time shows it
    // The time first: what changes while the folder is read changes it once more.
    times.push_back(*std::move(info));
    if (recursive) SLUICE_TRY(add_folders(next, folders));
  }
  return times;
}

Status LocalFileSystem::each_file(const std::string& folder, bool recursive, const Wanted& wanted,
                                  const Take& take) {
  SLUICE_ASSIGN(const auto there, find(folder));
  if (!there) return {};
  std::deque<std::string> folders = {folder};
  bool is_top = true;
  while (!folders.empty() && (is_top || recursive)) {
    const std::string next = std::move(folders.front());
    folders.pop_front();
    Status listed = list_one(next, wanted, take, folders);
    // A sub-folder may go while we look.
    if (!listed && is_top) return listed;
    if (!listed) {
      SLUICE_ASSIGN(const auto still_there, find(next));
      if (still_there) return listed;
    }
    is_top = false;
  }
  return {};
}

Result<std::vector<FileInfo>> LocalFileSystem::list(const std::string& folder, bool recursive,
                                                    std::size_t files_max) {
  std::vector<FileInfo> files;
  std::size_t count = 0;
  SLUICE_TRY(each_file(
      folder, recursive, [&](const std::string&) { return ++count <= files_max; },
      [&](FileInfo file) { files.push_back(std::move(file)); }));
  if (count > files_max) {
    return user_error("list failed path=" + folder + ": more than " + std::to_string(files_max) +
                      " files; use several folders");
  }
  std::ranges::sort(files, {}, &FileInfo::path);
  return files;
}

}  // namespace sluice::io
