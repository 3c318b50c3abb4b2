#include "support/unreliable_file_system.h"

#include <utility>

namespace sluice::io {

UnreliableFileSystem::UnreliableFileSystem(FileSystem& local, FileSystem& store, std::uint64_t seed,
                                           std::uint64_t per_mille)
    : local_(local), store_(store), per_mille_(per_mille), random_(seed) {}

FileSystem& UnreliableFileSystem::of(const std::string& path) const {
  return path.find("://") == std::string::npos ? local_ : store_;
}

std::uint64_t UnreliableFileSystem::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void UnreliableFileSystem::stop_at(std::uint64_t call, std::stop_source stop) {
  const std::lock_guard lock(mutex_);
  calls_to_stop_ = call;
  stop_ = std::move(stop);
}

UnreliableFileSystem::Fate UnreliableFileSystem::draw(bool changes) {
  const std::lock_guard lock(mutex_);
  Fate fate;
  fate.is_stop = calls_to_stop_ > 0 && --calls_to_stop_ == 0;
  if (fate.is_stop) stop_.request_stop();
  fate.fails = fate.is_stop || random_.next() % 1000 < per_mille_;
  if (fate.fails) {
    ++faults_;
    fate.works = changes && random_.next() % 2 == 0;
  }
  return fate;
}

Error UnreliableFileSystem::failure(const Fate& fate, const std::string& what) {
  const std::string when = fate.works ? "after: " : "before: ";
  return fate.is_stop ? Error(Kind::kCancelled, "stopped " + when + what)
                      : transient_error("injected fault " + when + what);
}

template <class Work>
auto UnreliableFileSystem::reading(const std::string& what, Work work) -> decltype(work()) {
  const Fate fate = draw(false);
  if (fate.fails) return failure(fate, what);
  return work();
}

template <class Work>
auto UnreliableFileSystem::changing(const std::string& what, Work work) -> decltype(work()) {
  const Fate fate = draw(true);
  if (fate.fails && !fate.works) return failure(fate, what);
  auto result = work();
  if (fate.fails) return failure(fate, what);
  return result;
}

Result<std::optional<FileInfo>> UnreliableFileSystem::find(const std::string& path) {
  return reading("find " + path, [&] { return of(path).find(path); });
}

Result<std::string> UnreliableFileSystem::read(const std::string& path) {
  return reading("read " + path, [&] { return of(path).read(path); });
}

Result<std::size_t> UnreliableFileSystem::read_at(const std::string& path, std::uint64_t offset,
                                                  std::span<char> out) {
  return reading("read " + path, [&] { return of(path).read_at(path, offset, out); });
}

Result<std::vector<FileInfo>> UnreliableFileSystem::list(const std::string& folder, bool recursive,
                                                         std::size_t files_max) {
  return reading("list " + folder, [&] { return of(folder).list(folder, recursive, files_max); });
}

Status UnreliableFileSystem::make_folders(const std::string& path) {
  return changing("make folder " + path, [&] { return of(path).make_folders(path); });
}

Status UnreliableFileSystem::write_atomic(const std::string& path, std::string_view content) {
  return changing("write " + path, [&] { return of(path).write_atomic(path, content); });
}

Result<bool> UnreliableFileSystem::write_if_absent(const std::string& path,
                                                   std::string_view content) {
  auto written =
      changing("create " + path, [&] { return of(path).write_if_absent(path, content); });
  if (written || of(path).is_local(path) || written.error().kind() != Kind::kTransient) {
    return written;
  }
  return Error(Kind::kUnknownOutcome, written.error().message());
}

Status UnreliableFileSystem::rename(const std::string& from, const std::string& to) {
  return changing("rename " + from, [&] { return of(from).rename(from, to); });
}

Status UnreliableFileSystem::remove(const std::string& path) {
  return changing("remove " + path, [&] { return of(path).remove(path); });
}

Status UnreliableFileSystem::sync(const std::string& path) {
  return changing("sync " + path, [&] { return of(path).sync(path); });
}

Status UnreliableFileSystem::check_path(const std::string& /*path*/) const { return {}; }

bool UnreliableFileSystem::is_local(const std::string& path) const {
  return of(path).is_local(path);
}

Result<StoreAddress> UnreliableFileSystem::address(const std::string& path) {
  return of(path).address(path);
}

Status UnreliableFileSystem::upload(const std::string& local, const std::string& path) {
  return changing("upload " + path, [&] { return of(path).upload(local, path); });
}

Status UnreliableFileSystem::download(const std::string& path, const std::string& local) {
  return changing("download " + path, [&] { return of(path).download(path, local); });
}

Result<std::vector<PendingUpload>> UnreliableFileSystem::pending_uploads(
    const std::string& folder) {
  return reading("list uploads " + folder, [&] { return of(folder).pending_uploads(folder); });
}

Status UnreliableFileSystem::abort_upload(const PendingUpload& upload) {
  return changing("abort upload " + upload.path,
                  [&] { return of(upload.path).abort_upload(upload); });
}

}  // namespace sluice::io
