#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::io {

struct FileInfo {
  std::string path;  ///< the folder given to list(), a slash, the rest
  std::uint64_t bytes = 0;
  Micros modified = 0;
};

/// The files that sluice itself reads, names and removes. Injected, so that tests can make it fail
/// or forget what was not synced. Any thread may call. Paths are the operating system's, UTF-8.
/// Errors: kUser where the user's path is at fault (missing, not a folder, not permitted),
/// kTransient where it may pass (no space, interrupted), kCorruption never.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual bool exists(const std::string& path) = 0;
  /// The whole file.
  virtual Result<std::string> read(const std::string& path) = 0;
  /// Bytes from `offset` on into `out`; the number read, less than asked for only at the file's
  /// end.
  virtual Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                                      std::span<char> out) = 0;
  /// Of a file or folder; links are followed.
  virtual Result<FileInfo> stat(const std::string& path) = 0;
  /// Regular files below `folder`, sorted by path; also in sub-folders when `recursive`. A folder
  /// that does not exist is empty. At most `files_max`, else an error that says so.
  virtual Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                             std::size_t files_max = 10'000'000) = 0;

  /// Makes the folder and its parents, durably.
  virtual Status make_folders(const std::string& path) = 0;
  /// Writes the file under a temporary name, syncs it, renames it to `path`, syncs the folder:
  /// after success the content is durable, at no instant is it half there.
  virtual Status write_atomic(const std::string& path, std::string_view content) = 0;
  /// As write_atomic, but false, without a change, when `path` exists already (link, not rename:
  /// of two writers one wins).
  virtual Result<bool> write_if_absent(const std::string& path, std::string_view content) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// A file or an empty folder. No error when it is not there.
  virtual Status remove(const std::string& path) = 0;
  /// fsync of a file, or of a folder: its entries become durable.
  virtual Status sync(const std::string& path) = 0;
};

/// The operating system's file system.
std::unique_ptr<FileSystem> make_local_file_system();

/// The path's last part, and everything before it ("." when nothing stands before).
std::string file_name(std::string_view path);
std::string parent_folder(std::string_view path);
/// `folder` and `name` with one slash between.
std::string join_path(std::string_view folder, std::string_view name);

}  // namespace sluice::io
