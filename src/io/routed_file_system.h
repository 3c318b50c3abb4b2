#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "io/file_system.h"
#include "io/s3_settings.h"

namespace sluice::io {

/// A name for a folder of a bucket: `lake://bronze` for `s3://bucket/prefix/bronze`.
struct Mount {
  std::string bucket;
  std::string prefix;
  S3Settings settings;
};

/// How stores are reached.
struct StoreSettings {
  S3Settings s3;  ///< of `s3://` paths, and of mounts where they say nothing themselves
  std::map<std::string, Mount> mounts;
  Environment environment;
};

/// Paths of this machine, of buckets (`s3://`; `gs://` and `az://` by the same library, untested,
/// with credentials from the environment) and of mounts: each goes to the file system it names.
/// A store is opened when the first path of it is used.
class RoutedFileSystem final : public FileSystem {
 public:
  RoutedFileSystem(std::unique_ptr<FileSystem> local, StoreSettings settings);

  Result<std::optional<FileInfo>> find(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                              std::span<char> out) override;
  Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                     std::size_t files_max) override;
  Status each_file(const std::string& folder, bool recursive,
                   const std::function<bool(const std::string& path)>& wanted,
                   const std::function<void(FileInfo file)>& take) override;
  Result<std::vector<FileInfo>> folder_times(const std::string& folder, bool recursive) override;
  Status make_folders(const std::string& path) override;
  Status write_atomic(const std::string& path, std::string_view content) override;
  Result<bool> write_if_absent(const std::string& path, std::string_view content) override;
  /// kUser when the two are of different stores.
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_private(const std::string& path) override;
  Result<bool> is_private(const std::string& path) override;
  Status sync(const std::string& path) override;

  Status check_path(const std::string& path) const override;
  Result<StoreAddress> address(const std::string& path) override;
  Status upload(const std::string& local, const std::string& path) override;
  Status download(const std::string& path, const std::string& local) override;
  Result<std::vector<PendingUpload>> pending_uploads(const std::string& folder) override;
  Status abort_upload(const PendingUpload& upload) override;
  Status try_writing(const std::string& folder) override;

 private:
  /// "s3", "bucket" of s3://bucket/x; "lake", "" of lake://x.
  struct Route {
    std::string scheme;
    std::string bucket;
    std::string root() const { return scheme + "://" + bucket; }
  };

  Result<Route> route_of(std::string_view path) const;
  Result<FileSystem*> files_of(const std::string& path);
  Result<std::unique_ptr<FileSystem>> open(const Route& route);

  const std::unique_ptr<FileSystem> local_;
  const StoreSettings settings_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FileSystem>> stores_;  // by root; guarded by mutex_
};

}  // namespace sluice::io
