#include <algorithm>

#include "base/crash_point.h"
#include "connectors/files/file_sink.h"
#include "io/file_system.h"

namespace sluice::connectors {
namespace {

constexpr std::size_t kManifestsKept = 100;

}  // namespace

std::string FileSink::manifest_path(data::BatchId batch) const {
  return io::join_path(batches_, manifest_name(batch));
}

Result<Manifest> FileSink::read_manifest(const std::string& path) const {
  SLUICE_ASSIGN(const std::string text, files_.read(path));
  return parse_manifest(text, path);
}

Result<FileSink::Log> FileSink::look() const {
  SLUICE_ASSIGN(const auto listed, files_.list(batches_, /*recursive=*/false));
  Log log;
  for (const io::FileInfo& file : listed) {
    const std::string name = io::file_name(file.path);
    if (manifest_batch(name) >= 0) log.manifests.push_back(file.path);
    if (const std::int64_t epoch = claim_epoch(name); epoch >= 0) log.epochs.push_back(epoch);
  }
  return log;
}

Status FileSink::move_old_manifests() {
  SLUICE_ASSIGN(const auto listed, files_.list(old_batches_, /*recursive=*/false));
  bool moved = false;
  for (const io::FileInfo& file : listed) {
    const data::BatchId batch = old_manifest_batch(io::file_name(file.path));
    if (batch < 0) continue;
    SLUICE_TRY(files_.rename(file.path, manifest_path(batch)));
    moved = true;
    crash_point("files.moved_manifest");
  }
  if (!moved || !files_.is_local(old_batches_)) return {};
  SLUICE_TRY(files_.sync(batches_));
  // One in which something else lies stays: that is no failure.
  static_cast<void>(files_.remove(old_batches_));
  return {};
}

data::BatchId FileSink::Log::newest_batch() const {
  return manifests.empty() ? -1 : manifest_batch(io::file_name(manifests.back()));
}

Result<std::optional<Manifest>> FileSink::newest_of(const Log& log) const {
  if (log.manifests.empty()) return std::optional<Manifest>();
  SLUICE_ASSIGN(Manifest newest, read_manifest(log.manifests.back()));
  return std::optional(std::move(newest));
}

Result<std::optional<connector::Head>> FileSink::head() {
  SLUICE_ASSIGN(const Log log, look());
  SLUICE_ASSIGN(const auto newest, newest_of(log));
  if (!newest) return std::optional<connector::Head>();
  return std::optional(connector::Head{newest->batch, newest->plan_hash});
}

Status FileSink::remove_replaced(const std::vector<std::string>& older, const Manifest& live) {
  std::set<std::string> kept;
  for (const ManifestFile& file : live.files) kept.insert(file.path);
  for (const std::string& path : older) {
    SLUICE_ASSIGN(const Manifest replaced, read_manifest(path));
    for (const ManifestFile& file : replaced.files) {
      if (kept.contains(file.path)) continue;
      SLUICE_TRY(files_.remove(io::join_path(options_.path, file.path)));
    }
  }
  return {};
}

/// `log`: as it was before the newest manifest.
Status FileSink::remove_old_manifests(const Log& log) {
  for (std::size_t i = 0; i + kManifestsKept <= log.manifests.size(); ++i) {
    SLUICE_TRY(files_.remove(log.manifests[i]));
  }
  return {};
}

void FileSink::remove_empty_folders(const std::string& folder,
                                    const std::set<std::string>& relative_files) {
  if (!files_.is_local(folder)) return;
  std::set<std::string, std::greater<>> folders;  // inner ones first
  for (const std::string& file : relative_files) {
    for (std::string parent = io::parent_folder(file); parent != ".";
         parent = io::parent_folder(parent)) {
      folders.insert(parent);
    }
  }
  for (const std::string& empty : folders) {
    // One that is not empty stays: that is no failure.
    static_cast<void>(files_.remove(io::join_path(folder, empty)));
  }
}

}  // namespace sluice::connectors
