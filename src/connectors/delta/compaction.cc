#include "connectors/delta/compaction.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "base/crash_point.h"
#include "connector/file_staging.h"
#include "connector/local_copies.h"
#include "connectors/delta/table_files.h"
#include "connectors/delta/unused_files.h"
#include "lake/file_bins.h"
#include "lake/readable.h"
#include "lake/write_support.h"

namespace sluice::connectors {
namespace {

constexpr int kCompactionTriesMax = 20;
/// A file that has lost more of its rows is rewritten, alone if need be; as in Spark.
constexpr double kDeletedShareMax = 0.05;

/// Files that become one, or with an order a few, and what they have become.
struct Group {
  std::vector<lake::DataFile> files;
  std::vector<connector::WrittenFile> written;
};

std::int64_t bytes_of(const std::vector<lake::DataFile>& files) {
  std::int64_t bytes = 0;
  for (const lake::DataFile& file : files) bytes += file.bytes;
  return bytes;
}

/// Rows a file so that it has about the target's bytes; 0: one file.
std::uint64_t rows_per_file(const std::vector<lake::DataFile>& files, std::int64_t target_bytes) {
  std::int64_t rows = 0;
  for (const lake::DataFile& file : files) rows += file.rows.value_or(0) - file.deleted_rows;
  const std::int64_t bytes = bytes_of(files);
  if (bytes <= target_bytes || rows == 0) return 0;
  const double share = static_cast<double>(target_bytes) / static_cast<double>(bytes);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(rows) * share));
}

class Compactor {
 public:
  Compactor(lake::Table& table, const CompactionPlace& place, CompactionOptions options)
      : table_(table), place_(place), options_(std::move(options)), begun_(table.state().version) {}

  Result<CompactionResult> run(std::vector<Group> groups) {
    SLUICE_TRY(check_rewritable(table_.state()));
    int number = 0;
    for (Group& group : groups) {
      auto written = write(group, number++);
      if (!written) {
        note_unused(groups);
        remove_unused();
        return std::move(written).error();
      }
    }
    if (groups.empty()) return CompactionResult();
    crash_point("compaction.written");
    auto result = commit(std::move(groups));
    // After an unknown outcome the new files may be in the table: they stay.
    if (result || result.error().kind() != Kind::kUnknownOutcome) remove_unused();
    return result;
  }

 private:
  Status write(Group& group, int number) {
    const lake::TableState& state = table_.state();
    connector::Rewrite request;
    connector::LocalCopies copies(place_.context);
    connector::FileStaging staging(place_.context, place_.path);
    request.from.schema = state.schema.columns;
    request.from.stored = lake::stored_columns(state);
    for (const lake::DataFile& file : group.files) {
      SLUICE_ASSIGN(data::ParquetFile read, live_rows(table_, place_.path, file));
      // A data file's name is never used again, so its time says nothing.
      SLUICE_ASSIGN(read.path, copies.add(read.path, static_cast<std::uint64_t>(file.bytes), 0));
      request.from.files.push_back(std::move(read));
    }
    request.sort_by = options_.sort_by;
    request.zorder_by = options_.zorder_by;
    SLUICE_ASSIGN(request.to.folder, staging.folder_to_write());
    request.to.name_prefix = place_.name_prefix + std::to_string(number) + "-";
    request.to.partition_by = state.partition_by;
    request.to.columns = rewritten_columns(state);
    request.to.compression = place_.compression;
    request.to.row_group_rows = place_.row_group_rows;
    request.to.statistics = true;
    if (!options_.sort_by.empty() || !options_.zorder_by.empty()) {
      request.to.rows_per_file = rows_per_file(group.files, options_.target_bytes);
    }
    SLUICE_ASSIGN(group.written, place_.context.rewriter->rewrite(request));
    return staging.make_durable(group.written);
  }

  Result<CompactionResult> commit(std::vector<Group> groups) {
    for (int attempt = 0; attempt < kCompactionTriesMax; ++attempt) {
      SLUICE_TRY(drop_lost_groups(groups));
      if (groups.empty()) return CompactionResult();
      CompactionResult result;
      SLUICE_ASSIGN(const lake::Commit commit, to_commit(groups, result));
      auto outcome = table_.commit(commit);
      crash_point("compaction.committed");
      if (!outcome) return std::move(outcome).error();
      if (outcome->committed) {
        result.version = outcome->version;
        result.adds = commit.adds;
        return result;
      }
      SLUICE_ASSIGN(const bool there, table_.refresh());
      if (!there) return corruption_error("the Delta table is gone: path=" + place_.path);
    }
    note_unused(groups);
    return transient_error("other writers were faster each time: path=" + place_.path);
  }

  /// Another writer has removed a file of theirs, or rows of it, since.
  Status drop_lost_groups(std::vector<Group>& groups) {
    SLUICE_ASSIGN(const std::vector<lake::DataFile> files, table_.files());
    std::set<std::string> live;
    for (const lake::DataFile& file : files) live.insert(file.identity());
    const auto is_lost = [&live](const Group& group) {
      return !std::ranges::all_of(group.files, [&live](const lake::DataFile& file) {
        return live.contains(file.identity());
      });
    };
    const auto lost = std::ranges::stable_partition(groups, std::not_fn(is_lost));
    note_unused({lost.begin(), lost.end()});
    groups.erase(lost.begin(), lost.end());
    return {};
  }

  Result<lake::Commit> to_commit(const std::vector<Group>& groups, CompactionResult& result) const {
    lake::Commit commit;
    commit.operation = "OPTIMIZE";
    commit.data_change = false;
    const Micros now = place_.context.clock.now();
    for (const Group& group : groups) {
      for (const lake::DataFile& file : group.files) commit.removes.push_back(file.path);
      result.bytes_removed += bytes_of(group.files);
      for (const connector::WrittenFile& file : group.written) {
        SLUICE_ASSIGN(std::string add, add_line(file, now, table_.state()));
        commit.adds.push_back(std::move(add));
        result.bytes_added += static_cast<std::int64_t>(file.bytes);
      }
    }
    result.files_removed = static_cast<std::int64_t>(commit.removes.size());
    result.files_added = static_cast<std::int64_t>(commit.adds.size());
    commit.parameters = {{"targetSize", std::to_string(options_.target_bytes)}};
    commit.metrics = {{"numRemovedFiles", std::to_string(result.files_removed)},
                      {"numAddedFiles", std::to_string(result.files_added)},
                      {"numRemovedBytes", std::to_string(result.bytes_removed)},
                      {"numAddedBytes", std::to_string(result.bytes_added)}};
    return commit;
  }

  void note_unused(std::span<const Group> groups) {
    for (const Group& group : groups) {
      for (const connector::WrittenFile& file : group.written) unused_.push_back(file.path);
    }
  }

  /// Best effort: VACUUM finds what stays.
  void remove_unused() {
    if (unused_.empty()) return;
    const auto there = table_.refresh();
    if (!there || !*there) return;
    static_cast<void>(
        remove_unused_files(table_, begun_, place_.path, unused_, place_.context.files));
  }

  lake::Table& table_;
  const CompactionPlace& place_;
  const CompactionOptions options_;
  const std::int64_t begun_;         // the version that all is built on
  std::vector<std::string> unused_;  // written, and not wanted any more; relative
};

bool has_lost_many_rows(const lake::DataFile& file) {
  if (file.deleted_rows == 0) return false;
  return !file.rows || static_cast<double>(file.deleted_rows) >
                           kDeletedShareMax * static_cast<double>(*file.rows);
}

/// Groups of one partition each.
std::vector<Group> choose(const std::vector<lake::DataFile>& files,
                          const CompactionOptions& options) {
  const bool ordered = !options.sort_by.empty() || !options.zorder_by.empty();
  std::map<std::map<std::string, std::string>, std::vector<lake::DataFile>> partitions;
  for (const lake::DataFile& file : files) {
    // A file that is nearly large enough is not worth the writing.
    const bool small = file.bytes < options.target_bytes / 4 * 3;
    if (ordered || small || has_lost_many_rows(file)) {
      partitions[file.partition_values].push_back(file);
    }
  }
  std::vector<Group> groups;
  for (auto& [values, members] : partitions) {
    if (ordered) {
      groups.push_back({std::move(members), {}});
      continue;
    }
    for (auto& bin : lake::file_bins(std::move(members), options.target_bytes)) {
      if (bin.size() > 1 || has_lost_many_rows(bin.front())) groups.push_back({std::move(bin), {}});
    }
  }
  return groups;
}

}  // namespace

Status check_rewritable(const lake::TableState& state) {
  SLUICE_TRY(lake::check_writable(state));
  if (table_property(state, "delta.enableRowTracking") == "true") {
    return user_error(
        "the Delta table has delta.enableRowTracking=true, and rewritten files would lose the "
        "rows' ids; turn the property off");
  }
  for (const data::Field& field : state.schema.columns.fields()) {
    if (field.type.id() != data::TypeId::kOther) continue;
    return user_error("column " + data::quote_identifier(field.name) +
                      " of the Delta table has a type that sluice cannot write");
  }
  return {};
}

Result<CompactionResult> compact(lake::Table& table, const CompactionPlace& place,
                                 const CompactionOptions& options) {
  CompactionOptions whole = options;
  if (whole.target_bytes == 0) whole.target_bytes = lake::target_file_bytes(table.state());
  SLUICE_ASSIGN(const std::vector<lake::DataFile> files, table.files());
  std::vector<Group> groups = choose(files, whole);
  return Compactor(table, place, std::move(whole)).run(std::move(groups));
}

Result<CompactionResult> compact_groups(lake::Table& table, const CompactionPlace& place,
                                        const std::vector<std::vector<lake::DataFile>>& groups) {
  CompactionOptions options;
  options.target_bytes = lake::target_file_bytes(table.state());
  std::vector<Group> chosen;
  for (const auto& files : groups) chosen.push_back({files, {}});
  return Compactor(table, place, std::move(options)).run(std::move(chosen));
}

}  // namespace sluice::connectors
