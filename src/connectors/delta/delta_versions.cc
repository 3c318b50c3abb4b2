#include "connectors/delta/delta_versions.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/timestamp_text.h"
#include "data/type_holds.h"
#include "lake/readable.h"
#include "lake/uri.h"

namespace sluice::connectors {
namespace {

using data::RowSelection;
using lake::CommitEntry;
using lake::FileAction;

/// Versions whose files are kept.
constexpr std::size_t kKeptMax = 64;

constexpr const char* kChangeType = "_change_type";
constexpr const char* kCommitVersion = "_commit_version";
constexpr const char* kCommitTimestamp = "_commit_timestamp";

bool changes_data(const FileAction& file) { return file.data_change; }

/// The rows of `a` that are not in `b`; both ascend.
std::vector<std::uint64_t> difference(const std::vector<std::uint64_t>& a,
                                      const std::vector<std::uint64_t>& b) {
  std::vector<std::uint64_t> rows;
  std::ranges::set_difference(a, b, std::back_inserter(rows));
  return rows;
}

/// `now` and `then`, one after the other, differ only by what `now` has besides: columns, fields
/// of STRUCTs, room in its types.
bool is_addition(const lake::TableState& then, const lake::TableState& now) {
  const auto stored_then = lake::stored_columns(then);
  const auto stored_now = lake::stored_columns(now);
  for (std::size_t i = 0; i < then.schema.columns.size(); ++i) {
    const data::Field& column = then.schema.columns[i];
    const int at = now.schema.columns.find(column.name);
    if (at < 0) return false;
    const auto index = static_cast<std::size_t>(at);
    const data::Field& there = now.schema.columns[index];
    if (there.name != column.name || !data::type_holds(there.type, column.type)) return false;
    const std::string& name_then = stored_then.empty() ? column.name : stored_then[i].name;
    const std::string& name_now = stored_now.empty() ? column.name : stored_now[index].name;
    if (name_then != name_now) return false;
  }
  return true;
}

}  // namespace

const data::Schema& change_columns() {
  static const data::Schema kColumns({{kChangeType, data::TypeId::kVarchar},
                                      {kCommitVersion, data::TypeId::kBigint},
                                      {kCommitTimestamp, data::TypeId::kTimestampTz}});
  return kColumns;
}

Status DeltaVersions::begin() {
  state_ = table_.state();
  SLUICE_TRY(lake::check_readable(state_));
  schema_ = state_.schema.columns;
  stored_ = lake::stored_columns(state_);
  kept_.clear();
  if (!rules_.change_feed) return {};
  const auto enabled = state_.configuration.find("delta.enableChangeDataFeed");
  if (enabled == state_.configuration.end() || enabled->second != "true") {
    return user_error(
        "E_NO_CHANGE_FEED: the Delta table keeps no change feed; set its property "
        "delta.enableChangeDataFeed = true, or leave change_feed out: path=" +
        folder_);
  }
  for (const data::Field& column : change_columns().fields()) {
    if (!stored_.empty()) stored_.push_back({.name = column.name});
    schema_.add(column);
  }
  return {};
}

Result<const std::vector<VersionFile>*> DeltaVersions::files(std::int64_t version, bool initial) {
  const std::pair key(version, initial);
  auto found = kept_.find(key);
  if (found == kept_.end()) {
    auto files = initial ? all_files(version) : changes(version);
    if (!files) return std::move(files).error().with("version=" + std::to_string(version));
    if (kept_.size() >= kKeptMax) kept_.erase(kept_.begin());
    found = kept_.insert_or_assign(key, *std::move(files)).first;
  }
  return &found->second;
}

Status DeltaVersions::check_schema(std::int64_t version) {
  if (version == state_.version) return {};
  SLUICE_ASSIGN(const lake::Table then, table_.at_version(version));
  SLUICE_TRY(lake::check_readable(then.state()));
  const bool older = version < state_.version;
  const bool same = is_addition(then.state(), state_);
  if (older && same) return {};
  if (!older && same && is_addition(state_, then.state())) return {};
  const std::string schemas = "(" + then.state().schema.columns.to_string() +
                              "), the stream has (" + state_.schema.columns.to_string() + ")";
  if (!older && is_addition(state_, then.state())) {
    return user_error("E_SCHEMA_CHANGED: the Delta table has new columns or wider types: " +
                      schemas + "; start the pipeline again: it goes on with them");
  }
  return user_error(
      "E_SCHEMA_CHANGED: the Delta table's columns are (or were) different: " + schemas +
      (older ? "; start after that version"
             : "; fix the views and start with a new checkpoint after that version"));
}

Result<VersionFile> DeltaVersions::file_of(const FileAction& action) {
  VersionFile file;
  file.path = lake::data_path(folder_, action.path);
  file.bytes = action.bytes;
  file.modified_ms = action.modified_ms;
  file.values = lake::partition_values_of(state_, action.partition_values);
  if (action.rows) file.count = static_cast<std::uint64_t>(*action.rows);
  SLUICE_ASSIGN(file.rows.rows, deleted_rows(action));
  if (!file.rows.rows.empty()) file.rows.kind = RowSelection::Kind::kWithout;
  if (file.count) *file.count -= std::min<std::uint64_t>(*file.count, file.rows.rows.size());
  return file;
}

Result<std::vector<std::uint64_t>> DeltaVersions::deleted_rows(const FileAction& action) {
  if (action.deletion_vector.empty()) return std::vector<std::uint64_t>();
  return table_.deleted_rows(action.deletion_vector);
}

Result<DeltaVersions::Files> DeltaVersions::all_files(std::int64_t version) {
  std::optional<lake::Table> older;
  if (version != table_.state().version) {
    SLUICE_TRY(check_schema(version));
    SLUICE_ASSIGN(older, table_.at_version(version));
  }
  lake::Table& table = older ? *older : table_;
  SLUICE_ASSIGN(const auto logged, table.files());
  std::map<std::string, std::vector<std::uint64_t>> deletions;
  if (std::ranges::find(table.state().reader_features, "deletionVectors") !=
      table.state().reader_features.end()) {
    SLUICE_ASSIGN(deletions, table.deletions());
  }
  Files files;
  for (const lake::DataFile& file : logged) {
    SLUICE_ASSIGN(VersionFile own, file_of({.path = file.path,
                                            .partition_values = file.partition_values,
                                            .bytes = file.bytes,
                                            .modified_ms = file.modified_ms,
                                            .rows = file.rows}));
    if (const auto deleted = deletions.find(file.path); deleted != deletions.end()) {
      own.rows = {.kind = RowSelection::Kind::kWithout, .rows = deleted->second};
      if (own.count) *own.count -= std::min<std::uint64_t>(*own.count, own.rows.rows.size());
    }
    files.push_back(std::move(own));
  }
  std::ranges::sort(files, [](const VersionFile& a, const VersionFile& b) {
    return std::tie(a.modified_ms, a.path) < std::tie(b.modified_ms, b.path);
  });
  if (rules_.change_feed) {
    SLUICE_ASSIGN(const auto written, times_.of(version));
    for (VersionFile& file : files) {
      file.values[kChangeType] = "insert";
      file.values[kCommitVersion] = std::to_string(version);
      file.values[kCommitTimestamp] =
          written ? std::optional(timestamp_text(*written)) : std::nullopt;
    }
  }
  return files;
}

Result<DeltaVersions::Files> DeltaVersions::changes(std::int64_t version) {
  SLUICE_ASSIGN(const auto text, table_.log_entry(version));
  if (!text) {
    return corruption_error(
        "E_LOG_GONE: the Delta table's log entry is gone (log retention): its changes can no "
        "longer be read; keep the log longer (delta.logRetentionDuration), and start with a new "
        "checkpoint: path=" +
        folder_);
  }
  SLUICE_ASSIGN(const CommitEntry entry, lake::parse_commit_entry(*text));
  if (entry.has_metadata || entry.has_protocol) SLUICE_TRY(check_schema(version));
  return rules_.change_feed ? change_data(version, entry) : added(entry);
}

Result<DeltaVersions::Files> DeltaVersions::added(const CommitEntry& entry) {
  Files files;
  const bool removes = std::ranges::any_of(entry.removes, changes_data);
  const bool adds = std::ranges::any_of(entry.adds, changes_data);
  if (removes && rules_.skip_change_commits) return files;
  const bool passed_by = rules_.ignore_changes || (!adds && rules_.ignore_deletes);
  if (removes && !passed_by) {
    return user_error(
        "E_CHANGE_IN_SOURCE: a commit of the Delta table " +
        std::string(adds ? "changes or deletes" : "deletes") + " rows that were read: operation=" +
        (entry.operation.empty() ? "?" : entry.operation) + " path=" + folder_ + "; set " +
        (adds ? "" : "ignore_deletes (commits that only delete are skipped), ") +
        "skip_change_commits (commits that change or delete are skipped), ignore_changes "
        "(rewritten files are read again, with rows that did not change), or change_feed");
  }
  for (const FileAction& action : entry.adds) {
    if (!action.data_change) continue;
    SLUICE_ASSIGN(files.emplace_back(), file_of(action));
  }
  return files;
}

Result<DeltaVersions::Files> DeltaVersions::change_data(std::int64_t version,
                                                        const CommitEntry& entry) {
  Files files;
  if (!entry.changes.empty()) {
    // These files hold the kind of change in a column of their own.
    for (const FileAction& action : entry.changes) {
      SLUICE_ASSIGN(files.emplace_back(), file_of(action));
    }
  } else {
    std::map<std::string, const FileAction*> removed;
    for (const FileAction& action : entry.removes) {
      if (action.data_change) removed[lake::located_path(action.path)] = &action;
    }
    for (const FileAction& action : entry.adds) {
      if (!action.data_change) continue;
      if (const auto before = removed.find(lake::located_path(action.path));
          before != removed.end()) {
        SLUICE_TRY(add_difference(*before->second, action, files));
        removed.erase(before);
        continue;
      }
      SLUICE_ASSIGN(files.emplace_back(), file_of(action));
      files.back().values[kChangeType] = "insert";
    }
    for (const FileAction& action : entry.removes) {
      if (!removed.contains(lake::located_path(action.path))) continue;
      SLUICE_ASSIGN(files.emplace_back(), file_of(action));
      files.back().values[kChangeType] = "delete";
    }
  }
  std::optional<std::int64_t> time = entry.timestamp_ms;
  if (!time) {
    SLUICE_ASSIGN(time, times_.of(version));
  }
  for (VersionFile& file : files) {
    file.values[kCommitVersion] = std::to_string(version);
    file.values[kCommitTimestamp] = time ? std::optional(timestamp_text(*time)) : std::nullopt;
  }
  return files;
}

Status DeltaVersions::add_difference(const FileAction& before, const FileAction& after,
                                     Files& files) {
  SLUICE_ASSIGN(const auto then, deleted_rows(before));
  SLUICE_ASSIGN(const auto now, deleted_rows(after));
  const std::pair<const char*, std::vector<std::uint64_t>> kinds[] = {
      {"delete", difference(now, then)}, {"insert", difference(then, now)}};
  for (const auto& [kind, rows] : kinds) {
    if (rows.empty()) continue;
    SLUICE_ASSIGN(VersionFile file, file_of(after));
    file.rows = {.kind = RowSelection::Kind::kOnly, .rows = rows};
    file.count = rows.size();
    file.values[kChangeType] = kind;
    files.push_back(std::move(file));
  }
  return {};
}

}  // namespace sluice::connectors
