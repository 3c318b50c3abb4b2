#include "io/object_file_system.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/percent_text.h"
#include "io/bridge_error.h"
#include "rust/cxx.h"
#include "sluice_bridge/src/lib.rs.h"

namespace sluice::io {
namespace {

/// Files up to this size go up in one request, larger ones in parts of it.
constexpr std::uint64_t kPartBytes = std::uint64_t{8} << 20;
constexpr std::uint32_t kParallelParts = 4;

std::string text(const rust::String& value) { return {value.data(), value.size()}; }

rust::Str view(std::string_view value) { return {value.data(), value.size()}; }

rust::Slice<const std::uint8_t> bytes_of(std::string_view content) {
  return {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()};
}

/// Without the empty objects by which Hadoop and consoles of stores mark a folder: `folder` itself,
/// and what others lie below. `files` are in order.
std::vector<FileInfo> without_folders(const std::vector<FileInfo>& files, std::string_view folder) {
  std::vector<FileInfo> kept;
  for (const FileInfo& file : files) {
    bool is_folder = file.path == folder;
    if (file.bytes == 0 && !is_folder) {
      const std::string below = file.path + "/";
      const auto next = std::ranges::lower_bound(files, below, {}, &FileInfo::path);
      is_folder = next != files.end() && next->path.starts_with(below);
    }
    if (!is_folder) kept.push_back(file);
  }
  return kept;
}

}  // namespace

std::string_view fix_of_store_error(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kFixes[] = {
      {"SignatureDoesNotMatch",
       "the secret key is wrong: fix secret_key (or the environment's AWS_SECRET_ACCESS_KEY, or "
       "the profile)"},
      {"InvalidAccessKeyId",
       "the server does not know this access key: fix access_key (or the environment's "
       "AWS_ACCESS_KEY_ID, or the profile)"},
      // versitygw's word for it.
      {"XAdminUserNotFound",
       "the server does not know this access key: fix access_key (or the environment's "
       "AWS_ACCESS_KEY_ID, or the profile)"},
      {"ExpiredToken", "the session token is too old: get a new one"},
      {"InvalidToken", "the session token is not valid: fix session_token"},
      {"NoSuchBucket", "make the bucket, or fix its name"},
      {"RequestTimeTooSkewed", "this machine's clock is wrong: set it"},
      {"AuthorizationHeaderMalformed", "set `region` to the bucket's"},
      {"PermanentRedirect", "set `region` to the bucket's"},
      {"redirect without LOCATION", "set `region` to the bucket's"},
      {"http=403",
       "check the keys, and that their policy allows s3:ListBucket, GetObject, "
       "PutObject, DeleteObject and AbortMultipartUpload here"},
      {"http=401", "check the keys"},
      {"HTTP error", "nothing answers there: is the endpoint right, and the server up?"},
  };
  for (const auto& [code, fix] : kFixes) {
    if (text.find(code) != std::string_view::npos) return fix;
  }
  return "";
}

struct ObjectFileSystem::Handle {
  rust::Box<bridge::Store> store;
};

ObjectFileSystem::ObjectFileSystem(ObjectRoot root, std::unique_ptr<Handle> handle)
    : root_(std::move(root)), handle_(std::move(handle)) {}
ObjectFileSystem::~ObjectFileSystem() = default;

Result<std::unique_ptr<FileSystem>> ObjectFileSystem::open(ObjectRoot root) {
  auto store = bridge_call("open path=" + root.root, [&] {
    rust::Vec<bridge::KeyValue> options;
    for (const auto& [key, value] : root.address.options) {
      options.push_back({rust::String(key), rust::String(value.reveal())});
    }
    return bridge::open_store(view(root.address.url), {options.data(), options.size()});
  });
  if (!store) return std::move(store).error();
  auto handle = std::make_unique<Handle>(Handle{std::move(*store)});
  return std::unique_ptr<FileSystem>(new ObjectFileSystem(std::move(root), std::move(handle)));
}

/// One request, its error with the path and what to do about it.
template <class Call>
auto ObjectFileSystem::ask(std::string_view what, const std::string& path, Call call) const {
  auto answer = bridge_call(std::string(what) + " path=" + path, call);
  if (answer) return answer;
  const std::string_view fix = fix_of_store_error(answer.error().message());
  if (fix.empty()) return answer;
  const Error& error = answer.error();
  return decltype(answer)(Error(error.kind(), error.message() + "; " + std::string(fix)));
}

std::string ObjectFileSystem::key_of(std::string_view path) const {
  path.remove_prefix(std::min(root_.root.size(), path.size()));
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.empty() ? root_.prefix : join_path(root_.prefix, path);
}

std::string ObjectFileSystem::path_of(std::string_view key) const {
  key.remove_prefix(root_.prefix.size());
  while (key.starts_with('/')) key.remove_prefix(1);
  // "lake://" ends in slashes that must stay.
  return root_.root.ends_with('/') ? root_.root + std::string(key) : join_path(root_.root, key);
}

Result<std::optional<FileInfo>> ObjectFileSystem::find(const std::string& path) {
  const std::string key = key_of(path);
  Result<bridge::FoundObject> found = bridge::FoundObject{};
  if (!key.empty()) found = ask("stat", path, [&] { return handle_->store->head(view(key)); });
  if (found && found->found) {
    return std::optional(FileInfo{path, found->object.bytes, found->object.modified, false});
  }
  // Also when that failed: the answer to a HEAD request has no words, this one's has.
  SLUICE_ASSIGN(const auto inside,
                ask("list", path, [&] { return handle_->store->list(view(key), true, 1); }));
  if (!found) return std::move(found).error();
  if (inside.empty()) return std::optional<FileInfo>();
  return std::optional(FileInfo{path, 0, 0, true});
}

Result<std::string> ObjectFileSystem::read(const std::string& path) {
  const std::string key = key_of(path);
  SLUICE_ASSIGN(const auto content,
                ask("read", path, [&] { return handle_->store->get(view(key)); }));
  return std::string(reinterpret_cast<const char*>(content.data()), content.size());
}

Result<std::size_t> ObjectFileSystem::read_at(const std::string& path, std::uint64_t offset,
                                              std::span<char> out) {
  if (out.empty()) return std::size_t{0};
  const std::string key = key_of(path);
  auto content =
      ask("read", path, [&] { return handle_->store->get_range(view(key), offset, out.size()); });
  if (!content) {
    // A range that begins after the end.
    if (content.error().message().find("http=416") != std::string::npos) return std::size_t{0};
    return std::move(content).error();
  }
  std::copy_n(content->data(), std::min(content->size(), out.size()), out.data());
  return std::min(content->size(), out.size());
}

Result<std::vector<FileInfo>> ObjectFileSystem::list(const std::string& folder, bool recursive,
                                                     std::size_t files_max) {
  const std::string key = key_of(folder);
  SLUICE_ASSIGN(const auto objects, ask("list", folder, [&] {
                  return handle_->store->list(view(key), recursive, files_max + 1);
                }));
  if (objects.size() > files_max) {
    return user_error("list failed path=" + folder + ": more than " + std::to_string(files_max) +
                      " files; use several folders");
  }
  std::vector<FileInfo> files;
  for (const bridge::ObjectInfo& object : objects) {
    files.push_back({path_of(text(object.key)), object.bytes, object.modified, false});
  }
  std::ranges::sort(files, {}, &FileInfo::path);
  return without_folders(files, path_of(key));
}

Status ObjectFileSystem::make_folders(const std::string& /*path*/) { return {}; }

Status ObjectFileSystem::write_atomic(const std::string& path, std::string_view content) {
  const std::string key = key_of(path);
  return ask("write", path, [&] { handle_->store->put(view(key), bytes_of(content)); });
}

Result<bool> ObjectFileSystem::write_if_absent(const std::string& path, std::string_view content) {
  const std::string key = key_of(path);
  return ask("write", path,
             [&] { return handle_->store->put_if_absent(view(key), bytes_of(content)); });
}

Status ObjectFileSystem::rename(const std::string& from, const std::string& to) {
  const std::string key = key_of(from);
  const std::string new_key = key_of(to);
  SLUICE_TRY(ask("copy to=" + to, from, [&] { handle_->store->copy(view(key), view(new_key)); }));
  crash_point("store.copied");
  return remove(from);
}

Status ObjectFileSystem::remove(const std::string& path) {
  const std::string key = key_of(path);
  return ask("remove", path, [&] { handle_->store->remove(view(key)); });
}

Status ObjectFileSystem::sync(const std::string& /*path*/) { return {}; }

bool ObjectFileSystem::is_local(const std::string& /*path*/) const { return false; }

Result<StoreAddress> ObjectFileSystem::address(const std::string& path) {
  const std::string key = percent_encoded_path(key_of(path));
  return StoreAddress{join_path(root_.address.url, key), root_.address.options};
}

Status ObjectFileSystem::upload(const std::string& local, const std::string& path) {
  const std::string key = key_of(path);
  SLUICE_TRY(ask("upload", path, [&] {
    return handle_->store->upload(
        {rust::String(key), rust::String(local), kPartBytes, kParallelParts});
  }));
  return {};
}

Status ObjectFileSystem::download(const std::string& path, const std::string& local) {
  const std::string key = key_of(path);
  SLUICE_TRY(
      ask("download", path, [&] { return handle_->store->download(view(key), view(local)); }));
  return {};
}

Result<std::vector<PendingUpload>> ObjectFileSystem::pending_uploads(const std::string& folder) {
  const std::string prefix = key_of(folder) + "/";
  SLUICE_ASSIGN(const auto found, ask("list uploads", folder, [&] {
                  return handle_->store->pending_uploads(view(prefix));
                }));
  std::vector<PendingUpload> uploads;
  for (const bridge::PendingUpload& upload : found) {
    uploads.push_back({path_of(text(upload.key)), text(upload.id)});
  }
  return uploads;
}

Status ObjectFileSystem::abort_upload(const PendingUpload& upload) {
  const std::string key = key_of(upload.path);
  return ask("abort upload", upload.path,
             [&] { handle_->store->abort_upload(view(key), view(upload.id)); });
}

Status ObjectFileSystem::try_writing(const std::string& folder) {
  const std::string path = join_path(folder, "_probe");
  const std::string key = key_of(path);
  const auto id =
      ask("begin an upload", path, [&] { return handle_->store->begin_upload(view(key)); });
  if (id) return id->empty() ? Status() : abort_upload({path, std::string(*id)});
  // It may have been begun nevertheless.
  if (const auto begun = pending_uploads(folder)) {
    for (const PendingUpload& upload : *begun) {
      if (upload.path == path) static_cast<void>(abort_upload(upload).has_value());
    }
  }
  return id.error().clone();
}

}  // namespace sluice::io
