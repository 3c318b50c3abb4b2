#include "io/routed_file_system.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "io/object_file_system.h"

namespace sluice::io {
namespace {

constexpr std::string_view kGoogle = "gs";
constexpr std::string_view kAzure = "az";

bool is_cloud(std::string_view scheme) {
  return scheme == "s3" || scheme == kGoogle || scheme == kAzure;
}

/// The variables by which object_store knows the credentials of the clouds that it takes alone.
std::map<std::string, Secret> options_from(const Environment& environment,
                                           std::string_view scheme) {
  static const std::vector<std::string> kGoogleNames = {
      "google_service_account", "google_service_account_key", "google_application_credentials"};
  static const std::vector<std::string> kAzureNames = {
      "azure_storage_account_name", "azure_storage_account_key",
      "azure_storage_sas_token",    "azure_client_id",
      "azure_client_secret",        "azure_tenant_id"};
  std::map<std::string, Secret> options;
  for (const std::string& name : scheme == kGoogle ? kGoogleNames : kAzureNames) {
    std::string variable = name;
    std::ranges::transform(variable, variable.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (auto value = environment(variable)) options[name] = Secret(*std::move(value));
  }
  return options;
}

}  // namespace

RoutedFileSystem::RoutedFileSystem(std::unique_ptr<FileSystem> local, StoreSettings settings)
    : local_(std::move(local)), settings_(std::move(settings)) {}

Result<RoutedFileSystem::Route> RoutedFileSystem::route_of(std::string_view path) const {
  const std::size_t colon = path.find("://");
  const std::string scheme(path.substr(0, colon));
  const std::string_view rest = path.substr(colon + 3);
  if (settings_.mounts.contains(scheme)) return Route{scheme, ""};
  if (!is_cloud(scheme)) {
    std::vector<std::string> known = {"s3"};
    for (const auto& [name, mount] : settings_.mounts) known.push_back(name);
    const std::string guess = did_you_mean(scheme, known);
    return user_error("no '" + scheme + "://' is known (path=" + std::string(path) + ")" +
                      (guess.empty() ? "; declare it in `mounts:`, or write s3://BUCKET/..., or a "
                                       "path of this machine without ://"
                                     : guess));
  }
  const std::string bucket(rest.substr(0, rest.find('/')));
  if (bucket.empty() || bucket.find_first_of("*?[]{}@: ") != std::string::npos) {
    return user_error("path=" + std::string(path) + " must name a bucket: " + scheme +
                      "://BUCKET/...");
  }
  return Route{scheme, bucket};
}

Result<std::unique_ptr<FileSystem>> RoutedFileSystem::open(const Route& route) {
  ObjectRoot root{route.root(), "", {}};
  if (route.scheme == kGoogle || route.scheme == kAzure) {
    root.address = {route.root(), options_from(settings_.environment, route.scheme)};
    return ObjectFileSystem::open(std::move(root));
  }
  S3Settings given = settings_.s3;
  const auto mount = settings_.mounts.find(route.scheme);
  root.address.url = "s3://" + route.bucket;
  if (mount != settings_.mounts.end()) {
    root.address.url = "s3://" + mount->second.bucket;
    root.prefix = mount->second.prefix;
    // Keys belong together: some from here and a token from there would be nobody's.
    if (mount->second.settings.contains("access_key") ||
        mount->second.settings.contains("profile") ||
        mount->second.settings.contains("anonymous")) {
      for (const char* key : {"access_key", "secret_key", "session_token", "profile"}) {
        given.erase(key);
      }
    }
    for (const auto& [key, value] : mount->second.settings) given[key] = value;
  }
  SLUICE_ASSIGN(root.address.options, s3_store_options(given, settings_.environment, *local_));
  return ObjectFileSystem::open(std::move(root));
}

Result<FileSystem*> RoutedFileSystem::files_of(const std::string& path) {
  if (is_local(path)) return local_.get();
  SLUICE_ASSIGN(const Route route, route_of(path));
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<FileSystem>& store = stores_[route.root()];
  if (!store) {
    auto opened = open(route);
    if (!opened) return std::move(opened).error().with("path=" + path);
    store = *std::move(opened);
  }
  return store.get();
}

Status RoutedFileSystem::check_path(const std::string& path) const {
  if (is_local(path)) return {};
  SLUICE_TRY(route_of(path));
  return {};
}

Result<std::optional<FileInfo>> RoutedFileSystem::find(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->find(path);
}

Result<std::string> RoutedFileSystem::read(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->read(path);
}

Result<std::size_t> RoutedFileSystem::read_at(const std::string& path, std::uint64_t offset,
                                              std::span<char> out) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->read_at(path, offset, out);
}

Result<std::vector<FileInfo>> RoutedFileSystem::list(const std::string& folder, bool recursive,
                                                     std::size_t files_max) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(folder));
  return files->list(folder, recursive, files_max);
}

Status RoutedFileSystem::each_file(const std::string& folder, bool recursive,
                                   const std::function<bool(const std::string& path)>& wanted,
                                   const std::function<void(FileInfo file)>& take) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(folder));
  return files->each_file(folder, recursive, wanted, take);
}

Result<std::vector<FileInfo>> RoutedFileSystem::folder_times(const std::string& folder,
                                                             bool recursive) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(folder));
  return files->folder_times(folder, recursive);
}

Status RoutedFileSystem::make_folders(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->make_folders(path);
}

Status RoutedFileSystem::write_atomic(const std::string& path, std::string_view content) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->write_atomic(path, content);
}

Result<bool> RoutedFileSystem::write_if_absent(const std::string& path, std::string_view content) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->write_if_absent(path, content);
}

Status RoutedFileSystem::rename(const std::string& from, const std::string& to) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(from));
  SLUICE_ASSIGN(const FileSystem* const others, files_of(to));
  if (files != others) {
    return user_error("rename from=" + from + " to=" + to + " would go from one store to another");
  }
  return files->rename(from, to);
}

Status RoutedFileSystem::remove(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->remove(path);
}

Status RoutedFileSystem::make_private(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->make_private(path);
}

Result<bool> RoutedFileSystem::is_private(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->is_private(path);
}

Status RoutedFileSystem::sync(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->sync(path);
}

Result<StoreAddress> RoutedFileSystem::address(const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->address(path);
}

Status RoutedFileSystem::upload(const std::string& local, const std::string& path) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->upload(local, path);
}

Status RoutedFileSystem::download(const std::string& path, const std::string& local) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(path));
  return files->download(path, local);
}

Result<std::vector<PendingUpload>> RoutedFileSystem::pending_uploads(const std::string& folder) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(folder));
  return files->pending_uploads(folder);
}

Status RoutedFileSystem::abort_upload(const PendingUpload& upload) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(upload.path));
  return files->abort_upload(upload);
}

Status RoutedFileSystem::try_writing(const std::string& folder) {
  SLUICE_ASSIGN(FileSystem* const files, files_of(folder));
  return files->try_writing(folder);
}

}  // namespace sluice::io
