#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/file_system.h"

namespace sluice::io {

/// What ObjectFileSystem is made of.
struct ObjectRoot {
  std::string root;      ///< what its paths begin with: "s3://bucket", "lake://"
  std::string prefix;    ///< the folder in the bucket that `root` stands for; "": the bucket itself
  StoreAddress address;  ///< of the bucket, without the prefix
};

/// Objects of one bucket as files (object_store behind a C++ face). A name with a slash is a file
/// in a folder; folders need no making, nothing needs syncing. Every write is whole and durable
/// when it returns. Requests that fail for a passing reason are tried again, with back-off, within
/// the limits of the address's options; only then do they become kTransient.
class ObjectFileSystem final : public FileSystem {
 public:
  /// kUser for options that cannot be. Connects to nothing.
  static Result<std::unique_ptr<FileSystem>> open(ObjectRoot root);
  ~ObjectFileSystem() override;

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

  bool is_local(const std::string& path) const override;
  Result<StoreAddress> address(const std::string& path) override;
  Status upload(const std::string& local, const std::string& path) override;
  Status download(const std::string& path, const std::string& local) override;
  Result<std::vector<PendingUpload>> pending_uploads(const std::string& folder) override;
  Status abort_upload(const PendingUpload& upload) override;
  Status try_writing(const std::string& folder) override;

 private:
  struct Handle;
  ObjectFileSystem(ObjectRoot root, std::unique_ptr<Handle> handle);

  /// Of a path that begins with the root.
  std::string key_of(std::string_view path) const;
  std::string path_of(std::string_view key) const;
  template <class Call>
  auto ask(std::string_view what, const std::string& path, Call call) const;

  const ObjectRoot root_;
  const std::unique_ptr<Handle> handle_;
};

/// What the user can do about a store's answer; "" when nothing in it says so. `text` is an error's
/// message with S3's error code in it.
std::string_view fix_of_store_error(std::string_view text);

}  // namespace sluice::io
