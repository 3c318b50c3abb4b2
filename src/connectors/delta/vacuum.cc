#include "connectors/delta/vacuum.h"

#include <algorithm>
#include <set>
#include <utility>

#include "connectors/delta/table_files.h"
#include "lake/history.h"
#include "lake/uri.h"
#include "lake/write_support.h"

namespace sluice::connectors {
namespace {

constexpr int kCommitTriesMax = 20;

/// Some part of the path is hidden: `_delta_log`, `_change_data`, `.crc` ... but not `_day=1`.
bool is_hidden(std::string_view relative) {
  while (!relative.empty()) {
    const std::size_t end = std::min(relative.find('/'), relative.size());
    const std::string_view part = relative.substr(0, end);
    relative.remove_prefix(std::min(end + 1, relative.size()));
    const bool is_partition = !relative.empty() && part.find('=') != std::string_view::npos;
    if (part.starts_with('.') || (part.starts_with('_') && !is_partition)) return true;
  }
  return false;
}

std::set<std::string> paths_of(const std::vector<lake::DataFile>& files) {
  std::set<std::string> paths;
  for (const lake::DataFile& file : files) paths.insert(file.path);
  return paths;
}

/// Takes the place of what is there now by what was there then.
Result<lake::Commit> to_commit(const lake::Table& table, const std::vector<lake::DataFile>& now,
                               const std::vector<lake::DataFile>& then) {
  lake::Commit commit;
  commit.operation = "RESTORE";
  const std::set<std::string> paths_now = paths_of(now);
  const std::set<std::string> paths_then = paths_of(then);
  for (const lake::DataFile& file : now) {
    if (!paths_then.contains(file.path)) commit.removes.push_back(file.path);
  }
  for (const lake::DataFile& file : then) {
    if (paths_now.contains(file.path)) continue;
    commit.adds.push_back(lake::add_again(file, table.state().partition_by));
  }
  return commit;
}

/// Both versions as the table's files alone tell them apart.
Status check_restorable(const std::string& path, io::FileSystem& files,
                        const std::vector<lake::DataFile>& now,
                        const std::vector<lake::DataFile>& then) {
  for (const auto* list : {&now, &then}) {
    for (const lake::DataFile& file : *list) {
      if (file.deletion_vector.empty()) continue;
      return user_error("the file " + file.path +
                        " has deleted rows (a deletion vector), which cannot be restored; restore "
                        "with the table's own engine");
    }
  }
  const std::set<std::string> paths_now = paths_of(now);
  for (const lake::DataFile& file : then) {
    if (paths_now.contains(file.path)) continue;
    const std::string local = io::join_path(path, lake::decode_path(file.path));
    SLUICE_ASSIGN(const auto found, files.find(local));
    if (!found) {
      return user_error("the file " + local + " of that version is gone; a VACUUM has removed it");
    }
  }
  return {};
}

}  // namespace

Result<Vacuumed> vacuum(lake::Table& table, const std::string& path, io::FileSystem& files,
                        Micros now, Micros retention, bool dry_run) {
  const Micros cutoff = now - retention;
  SLUICE_ASSIGN(const std::vector<lake::DataFile> live, table.files());
  SLUICE_ASSIGN(std::set<std::string> needed, lake::removed_since(table, cutoff / 1000));
  needed.merge(paths_of(live));
  std::set<std::string> needed_on_disk;
  for (const std::string& one : needed) needed_on_disk.insert(lake::decode_path(one));
  SLUICE_ASSIGN(const auto found, files.list(path, true));
  Vacuumed out;
  for (const io::FileInfo& file : found) {
    const std::string relative = file.path.substr(path.size() + 1);
    if (file.is_folder || file.modified >= cutoff || !relative.ends_with(".parquet")) continue;
    if (is_hidden(relative) || needed_on_disk.contains(relative)) continue;
    if (!dry_run) SLUICE_TRY(files.remove(file.path));
    out.files.push_back(relative);
    out.bytes += static_cast<std::int64_t>(file.bytes);
  }
  return out;
}

Result<Restored> restore(lake::Table& table, const std::string& path, io::FileSystem& files,
                         std::int64_t version) {
  for (int attempt = 0; attempt < kCommitTriesMax; ++attempt) {
    SLUICE_TRY(lake::check_writable(table.state()));
    if (version < 0 || version > table.state().version) {
      return user_error("the table has no version " + std::to_string(version) + "; its newest is " +
                        std::to_string(table.state().version));
    }
    SLUICE_ASSIGN(const auto changed, lake::metadata_changed_since(table, version));
    if (changed) {
      return user_error("the table's columns or properties were changed in version " +
                        std::to_string(*changed) +
                        ", so that its files alone do not restore version " +
                        std::to_string(version) + "; restore with the table's own engine");
    }
    SLUICE_ASSIGN(const std::vector<lake::DataFile> then, table.files(version));
    SLUICE_ASSIGN(const std::vector<lake::DataFile> now, table.files());
    SLUICE_TRY(check_restorable(path, files, now, then));
    SLUICE_ASSIGN(lake::Commit commit, to_commit(table, now, then));
    Restored out;
    out.files_removed = static_cast<std::int64_t>(commit.removes.size());
    out.files_restored = static_cast<std::int64_t>(commit.adds.size());
    if (commit.adds.empty() && commit.removes.empty()) return out;
    if (table_property(table.state(), "delta.appendOnly") == "true" && !commit.removes.empty()) {
      return user_error("the Delta table is append-only (delta.appendOnly=true)");
    }
    commit.parameters = {{"version", std::to_string(version)}};
    commit.metrics = {{"numRemovedFiles", std::to_string(out.files_removed)},
                      {"numRestoredFiles", std::to_string(out.files_restored)}};
    SLUICE_ASSIGN(const lake::CommitOutcome outcome, table.commit(commit));
    if (outcome.committed) {
      out.version = outcome.version;
      return out;
    }
    SLUICE_ASSIGN(const bool there, table.refresh());
    if (!there) return corruption_error("the Delta table is gone: path=" + path);
  }
  return transient_error("other writers were faster each time: path=" + path);
}

}  // namespace sluice::connectors
