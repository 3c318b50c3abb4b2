#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "io/file_system.h"

namespace sluice::io {

/// A FileSystem for tests, of this machine and one store, whose calls fail at random, reading ones
/// too: before they do anything, or, where they change something, also after they have done it.
/// kTransient; kUnknownOutcome of a conditional write in the store. Any thread may call.
class UnreliableFileSystem final : public FileSystem {
 public:
  /// Paths with a scheme are the store's. Of 1000 calls `per_mille` fail. Both outlive this.
  UnreliableFileSystem(FileSystem& local, FileSystem& store, std::uint64_t seed,
                       std::uint64_t per_mille);

  /// The `call`-th call from now on, counted from 1, requests the stop and fails with kCancelled,
  /// before or after its work, as one that was interrupted does.
  void stop_at(std::uint64_t call, std::stop_source stop);

  /// Calls that have failed.
  std::uint64_t faults() const;

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

  Status check_path(const std::string& path) const override;
  bool is_local(const std::string& path) const override;
  Result<StoreAddress> address(const std::string& path) override;
  Status upload(const std::string& local, const std::string& path) override;
  Status download(const std::string& path, const std::string& local) override;
  Result<std::vector<PendingUpload>> pending_uploads(const std::string& folder) override;
  Status abort_upload(const PendingUpload& upload) override;

 private:
  /// What happens to a call.
  struct Fate {
    bool fails = false;
    bool works = true;  ///< before it fails
    bool is_stop = false;
  };

  FileSystem& of(const std::string& path) const;
  Fate draw(bool changes);
  static Error failure(const Fate& fate, const std::string& what);
  template <class Work>
  auto reading(const std::string& what, Work work) -> decltype(work());
  template <class Work>
  auto changing(const std::string& what, Work work) -> decltype(work());

  FileSystem& local_;
  FileSystem& store_;
  const std::uint64_t per_mille_;
  mutable std::mutex mutex_;  // guards those below
  SeededRandom random_;
  std::uint64_t faults_ = 0;
  std::uint64_t calls_to_stop_ = 0;  // 0: there is no stop, or it was
  std::stop_source stop_;
};

}  // namespace sluice::io
