#include "io/file_system.h"

#include <cerrno>

#include <unistd.h>

#include "io/system_error.h"

namespace sluice::io {
namespace {

Error no_store(const std::string& path) {
  return internal_error("path=" + path + " is of this machine, where no store is asked for it");
}

}  // namespace

Result<FileInfo> FileSystem::stat(const std::string& path) {
  SLUICE_ASSIGN(auto found, find(path));
  if (!found) return system_error("stat", path, ENOENT);
  return *std::move(found);
}

Status FileSystem::each_file(const std::string& folder, bool recursive,
                             const std::function<bool(const std::string& path)>& wanted,
                             const std::function<void(FileInfo file)>& take) {
  SLUICE_ASSIGN(auto listed, list(folder, recursive));
  for (FileInfo& file : listed) {
    if (wanted(file.path)) take(std::move(file));
  }
  return {};
}

Result<std::vector<FileInfo>> FileSystem::folder_times(const std::string& /*folder*/,
                                                       bool /*recursive*/) {
  return std::vector<FileInfo>();
}

Status FileSystem::check_path(const std::string& path) const {
  if (is_local(path)) return {};
  return user_error("'" + path + "' is a URL, and only files of this machine can be used here");
}

bool FileSystem::is_local(const std::string& path) const {
  return path.find("://") == std::string::npos;
}

Status FileSystem::make_private(const std::string& /*path*/) { return {}; }

Result<bool> FileSystem::is_private(const std::string& /*path*/) { return false; }

Status FileSystem::make_private_folders(const std::string& path) {
  SLUICE_ASSIGN(const auto there, find(path));
  SLUICE_TRY(make_folders(path));
  return there ? Status() : make_private(path);
}

Result<StoreAddress> FileSystem::address(const std::string& path) { return StoreAddress{path, {}}; }

Status FileSystem::upload(const std::string& /*local*/, const std::string& path) {
  return no_store(path);
}

Status FileSystem::download(const std::string& path, const std::string& /*local*/) {
  return no_store(path);
}

Result<std::vector<PendingUpload>> FileSystem::pending_uploads(const std::string& /*folder*/) {
  return std::vector<PendingUpload>();
}

Status FileSystem::abort_upload(const PendingUpload& upload) { return no_store(upload.path); }

Status FileSystem::try_writing(const std::string& folder) {
  std::string there = folder;
  while (true) {
    SLUICE_ASSIGN(const auto found, find(there));
    if (found && !found->is_folder) return system_error("write into", there, ENOTDIR);
    if (found || there == "." || there == "/") break;
    there = parent_folder(there);
  }
  if (::access(there.c_str(), W_OK | X_OK) != 0) return system_error("write into", there, errno);
  return {};
}

}  // namespace sluice::io
