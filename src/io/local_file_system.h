#pragma once

#include <string>
#include <string_view>

#include "io/file_system.h"

namespace sluice::io {

/// The operating system's file system, by POSIX calls. Holds nothing: any thread may call.
class LocalFileSystem final : public FileSystem {
 public:
  Result<std::optional<FileInfo>> find(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::size_t> read_at(const std::string& path, std::uint64_t offset,
                              std::span<char> out) override;
  Status each_file(const std::string& folder, bool recursive,
                   const std::function<bool(const std::string& path)>& wanted,
                   const std::function<void(FileInfo file)>& take) override;
  Result<std::vector<FileInfo>> folder_times(const std::string& folder, bool recursive) override;
  Result<std::vector<FileInfo>> list(const std::string& folder, bool recursive,
                                     std::size_t files_max) override;
  Status make_folders(const std::string& path) override;
  Status write_atomic(const std::string& path, std::string_view content) override;
  Result<bool> write_if_absent(const std::string& path, std::string_view content) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status make_private(const std::string& path) override;
  Result<bool> is_private(const std::string& path) override;
  Status sync(const std::string& path) override;
};

}  // namespace sluice::io
