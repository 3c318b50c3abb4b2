#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace sluice::io {

/// A FileSystem for tests, over a real folder: fails at a chosen operation, and can lose what was
/// not synced, as a power cut does. Operations are the changing ones (make_folders, write_atomic,
/// write_if_absent, rename, remove, sync), counted from 1. Any thread may call.
class FaultyFileSystem final : public FileSystem {
 public:
  enum class Fault : unsigned char {
    kBefore,  ///< fails and has done nothing
    kAfter,   ///< fails though it has done its work: an unknown outcome
  };

  /// What is below `root` now counts as durable. `files` outlives this.
  FaultyFileSystem(FileSystem& files, std::string root);

  /// The `operation`-th changing operation from now on fails once with kTransient; 0: none.
  void fail_at(std::size_t operation, Fault fault = Fault::kBefore);
  /// Before the `operation`-th changing operation from now on something else happens once, as
  /// another process's work, which must not go through this file system.
  void happen_at(std::size_t operation, std::function<void()> event);
  /// Changing operations so far.
  std::size_t operations() const;

  /// Files whose path begins like this are written by a library that syncs what is in them by
  /// itself: only their names can be lost.
  void trust_content(std::string beginning);
  /// As those, by a library that syncs their names, too.
  void trust(std::string beginning);

  /// A power cut: below the root, files, folders and renames whose folder was not synced since are
  /// undone, files that were not synced are cut to nothing, removed ones come back.
  Status lose_unsynced();

  /// The power is cut at the `operation`-th changing operation from now on: `into`, which is not
  /// there yet, gets what is below the root then, without what is lost; from then on every changing
  /// operation fails.
  void cut_at(std::size_t operation, std::string into);
  bool was_cut() const;

  Result<std::optional<FileInfo>> find(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                              std::span<char> out) override;
  Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                     std::size_t files_max) override;
  Status make_folders(const std::string& path) override;
  Status write_atomic(const std::string& path, std::string_view content) override;
  Result<bool> write_if_absent(const std::string& path, std::string_view content) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync(const std::string& path) override;
  Status make_private(const std::string& path) override;
  Result<bool> is_private(const std::string& path) override;

 private:
  /// Counts one operation; the fault that it meets, if any.
  std::optional<Fault> count();
  template <class Work>
  auto change(Work work) -> decltype(work());
  void note_durable(const std::string& path);
  /// What is at `path` now is what was there when its folder was synced.
  bool is_durable(const std::string& path) const;
  /// Undoes below `base`, the root or a copy of it, what is not durable below the root.
  Status lose(const std::string& base);
  /// False also when it is not known.
  bool is_there(const std::string& path);

  FileSystem& files_;
  const std::string root_;
  mutable std::mutex mutex_;  // guards all below
  std::size_t operations_ = 0;
  std::size_t fail_at_ = 0;  // 0: never
  Fault fault_ = Fault::kBefore;
  std::size_t cut_at_ = 0;  // 0: never
  std::string cut_into_;
  std::size_t event_at_ = 0;  // 0: never
  std::function<void()> event_;
  bool was_cut_ = false;
  std::vector<std::string> trusted_contents_;
  std::vector<std::string> trusted_;
  // Paths whose folder entry is durable, and which file it names: its inode.
  std::map<std::string, std::uint64_t> entries_;
  std::set<std::string> synced_;  // paths, under their present name, whose content is durable
  std::map<std::string, std::string> removed_;  // path -> content, removal not synced yet
  std::vector<std::pair<std::string, std::string>> renames_;  // not synced yet, oldest first
};

}  // namespace sluice::io
