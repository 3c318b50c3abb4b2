#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "io/file_system.h"
#include "io/lock_file.h"

namespace sluice::io {

/// A file on this machine, for as long as this is held: the file itself, or a copy of a store's.
class LocalCopy {
 public:
  const std::string& path() const { return path_; }

 private:
  friend class Spool;
  LocalCopy(std::string path, std::shared_ptr<const int> use)
      : path_(std::move(path)), use_(std::move(use)) {}

  std::string path_;
  std::shared_ptr<const int> use_;  // counts who holds the copy; null: no copy
};

/// The folder where files are on their way: written for a store and not yet uploaded, and copies of
/// a store's files for those who read by path (DuckDB). Nothing in it is needed again after a
/// crash; folders of processes that are gone are removed when the first file comes. Any thread may
/// call.
class Spool {
 public:
  /// Copies that nobody holds are kept while all are no more than this.
  static constexpr std::uint64_t kCopiedBytesMax = std::uint64_t{8} << 30;

  /// Touches nothing yet. `files` outlives this.
  Spool(FileSystem& files, std::string folder, std::uint64_t copied_bytes_max = kCopiedBytesMax);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// An empty folder of this machine for files of `path`, a folder of a store.
  Result<std::string> folder_for(const std::string& path);
  /// Removes a folder of folder_for with all that is in it.
  void remove(const std::string& folder);

  /// `path` on this machine: itself, or a copy of the store's file, whole and of `bytes` bytes;
  /// kTransient when it has another size. A file of the same path, size and time is fetched once.
  Result<LocalCopy> fetch(const std::string& path, std::uint64_t bytes, Micros modified);

 private:
  struct Copy {
    std::string path;
    std::uint64_t bytes = 0;
    std::shared_ptr<const int> use = std::make_shared<const int>(0);
    std::list<std::string>::iterator age;
  };

  /// Makes the own folder, removes those of the dead.
  Status begin();
  Status remove_unlocked(const std::string& name);
  void make_room(std::uint64_t bytes);
  /// Of a file in the own folder whose name ends as that of `path`: the ending says to readers what
  /// it is.
  std::string new_path(const std::string& path);
  LocalCopy use(const std::string& key);

  FileSystem& files_;
  const std::string folder_;
  const std::uint64_t copied_bytes_max_;
  std::mutex mutex_;  // guards all below; not held while a file is fetched
  std::string own_;   // the process's own folder; "": not yet made
  std::optional<LockFile> lock_;
  std::uint64_t number_ = 0;  // of the newest file or folder
  std::uint64_t copied_bytes_ = 0;
  std::map<std::string, Copy> copies_;  // by path, size and time
  std::list<std::string> ages_;         // keys of copies_, the one used longest ago first
};

}  // namespace sluice::io
