#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice::io {

struct FileInfo {
  std::string path;  ///< the folder given to list(), a slash, the rest
  std::uint64_t bytes = 0;
  Micros modified = 0;
  bool is_folder = false;
};

/// Where a path lies, for libraries with an object store client of their own (Delta): a path of
/// this machine as it is, or a store's URL (`s3://bucket/prefix/x`) with the options of
/// rust/src/settings.
struct StoreAddress {
  std::string url;
  std::map<std::string, Secret> options;
};

/// A large file that was being uploaded when its writer ended; the store keeps its parts.
struct PendingUpload {
  std::string path;
  std::string id;
};

/// The files that sluice itself reads, names and removes. Injected, so that tests can make it fail
/// or forget what was not synced. Any thread may call. Paths are the operating system's, UTF-8, or
/// name an object store (`s3://bucket/x`, `lake://x` of a mount), where the last methods serve and
/// a folder is there as long as a file is in it.
/// Errors: kUser where the user's path is at fault (missing, not a folder, not permitted),
/// kTransient where it may pass (no space, interrupted), kUnknownOutcome of write_if_absent in a
/// store, kCorruption never.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// The file or folder at `path`; links are followed. Null: nothing is there.
  virtual Result<std::optional<FileInfo>> find(const std::string& path) = 0;
  /// As find; nothing there is a kUser error.
  Result<FileInfo> stat(const std::string& path);
  /// The whole file.
  virtual Result<std::string> read(const std::string& path) = 0;
  /// Bytes from `offset` on into `out`; the number read, less than asked for only at the file's
  /// end.
  virtual Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                                      std::span<char> out) = 0;
  /// Regular files below `folder`, sorted by path; also in sub-folders when `recursive`. A folder
  /// that does not exist is empty. At most `files_max`, else an error that says so.
  virtual Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                             std::size_t files_max = 10'000'000) = 0;

  /// Gives `take` the files that list() lists, in no order, but only those whose paths `wanted`
  /// takes: others are not looked at.
  virtual Status each_file(const std::string& folder, bool recursive,
                           const std::function<bool(const std::string& path)>& wanted,
                           const std::function<void(FileInfo file)>& take);

  /// The folders whose entries list() gives, with the times that show when entries came or went
  /// last: `folder`, and when `recursive` those below. Empty where such times cannot be relied on:
  /// in stores, on network file systems and those of user space.
  virtual Result<std::vector<FileInfo>> folder_times(const std::string& folder, bool recursive);

  /// Makes the folder and its parents, durably.
  virtual Status make_folders(const std::string& path) = 0;
  /// Writes the file under a temporary name, syncs it, renames it to `path`, syncs the folder:
  /// after success the content is durable, at no instant is it half there.
  virtual Status write_atomic(const std::string& path, std::string_view content) = 0;
  /// As write_atomic, but false, without a change, when `path` exists already (link, not rename:
  /// of two writers one wins). A file with just these bytes counts as written by this call, whose
  /// answer may have been lost on the way; so they must hold something that no other writer writes.
  virtual Result<bool> write_if_absent(const std::string& path, std::string_view content) = 0;
  /// One step on this machine. In a store a copy and a removal: after a failure both may be there.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// A file or an empty folder. No error when it is not there.
  virtual Status remove(const std::string& path) = 0;
  /// Closes a file or folder of this machine to other users. Nothing in a store, which has rights
  /// of its own.
  virtual Status make_private(const std::string& path);
  /// No other user may read or enter it.
  virtual Result<bool> is_private(const std::string& path);
  /// Makes the folder and its parents, durably; one that was not there is closed to other users.
  Status make_private_folders(const std::string& path);
  /// fsync of a file, or of a folder: its entries become durable.
  virtual Status sync(const std::string& path) = 0;

  // The defaults of those below are a local file system's.

  /// kUser unless paths like this can be used: the scheme is known, the mount declared. Asks
  /// nobody.
  virtual Status check_path(const std::string& path) const;
  /// True for files of this machine, which other libraries read and write by their paths.
  virtual bool is_local(const std::string& path) const;
  virtual Result<StoreAddress> address(const std::string& path);
  /// Copies a file of this machine into a store, under a name that nobody else writes: whole and
  /// durable, or not there. Large files go up in parallel parts, in bounded memory; after a failure
  /// the parts are removed.
  virtual Status upload(const std::string& local, const std::string& path);
  /// Copies a file of a store into one of this machine, which is overwritten.
  virtual Status download(const std::string& path, const std::string& local);
  /// Of files below `folder`.
  virtual Result<std::vector<PendingUpload>> pending_uploads(const std::string& folder);
  /// Removes its parts. No error when it is gone.
  virtual Status abort_upload(const PendingUpload& upload);
  /// Whether files may be made in `folder` by this user; of a folder that is not there, whether it
  /// may be made. Leaves nothing: in a store an upload is begun and aborted, which no reader sees.
  virtual Status try_writing(const std::string& folder);
};

/// The operating system's file system.
std::unique_ptr<FileSystem> make_local_file_system();

/// The path's last part, and everything before it ("." when nothing comes before).
std::string file_name(std::string_view path);
/// Whether it is what a process left that was killed inside write_atomic() or write_if_absent(), or
/// what one that is still there writes: a hidden file that nobody but its writer needs.
bool is_unfinished(std::string_view path);
std::string parent_folder(std::string_view path);
/// `folder` and `name` with one slash between.
std::string join_path(std::string_view folder, std::string_view name);

}  // namespace sluice::io
