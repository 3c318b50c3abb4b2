#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/delta/commit_times.h"
#include "data/parquet_rows.h"
#include "lake/commit_entry.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// What a stream of a Delta table does with commits that remove rows or change them.
struct DeltaChangeRules {
  bool ignore_deletes = false;       ///< commits that only remove files are skipped
  bool ignore_changes = false;       ///< rewritten files are read like new ones
  bool skip_change_commits = false;  ///< commits that remove files are skipped
  bool change_feed = false;          ///< rows of all kinds of changes, with what happened to them
};

/// The columns that change_feed adds: _change_type, _commit_version, _commit_timestamp.
const data::Schema& change_columns();

/// A file, or rows of one, that a version gives to a stream.
struct VersionFile {
  std::string path;  ///< of the file system, or a store's URL
  std::int64_t bytes = 0;
  std::int64_t modified_ms = 0;
  std::map<std::string, std::optional<std::string>> values;  ///< of the whole file
  data::RowSelection rows;
  std::optional<std::uint64_t> count;  ///< of rows that count; null: the footer says
};

/// What the versions of one table give to a stream, each in an order that never changes. Keeps what
/// it has read lately.
class DeltaVersions {
 public:
  DeltaVersions(lake::Table& table, std::string folder, DeltaChangeRules rules)
      : table_(table), folder_(std::move(folder)), rules_(rules), times_(table) {}

  /// The columns as of now; a version with others is an error from now on. kUser when the table
  /// cannot be read, or has no change feed to be read.
  Status begin();

  const data::Schema& schema() const { return schema_; }
  const std::vector<data::StoredColumn>& stored() const { return stored_; }

  /// All files of a version, the oldest first, or what it has changed. The reference is valid until
  /// the next call. kCorruption E_LOG_GONE: the log entry is gone. kUser: E_CHANGE_IN_SOURCE,
  /// E_SCHEMA_CHANGED, E_UNKNOWN_FEATURE.
  Result<const std::vector<VersionFile>*> files(std::int64_t version, bool initial);

  /// kUser unless the version's columns can be read as those of now.
  Status check_schema(std::int64_t version);

 private:
  using Files = std::vector<VersionFile>;

  Result<Files> all_files(std::int64_t version);
  Result<Files> changes(std::int64_t version);
  Result<Files> added(const lake::CommitEntry& entry);
  Result<Files> change_data(std::int64_t version, const lake::CommitEntry& entry);
  /// Rows of a file that was there before and after: by what its deletion vectors differ.
  Status add_difference(const lake::FileAction& before, const lake::FileAction& after,
                        Files& files);
  Result<VersionFile> file_of(const lake::FileAction& action);
  Result<std::vector<std::uint64_t>> deleted_rows(const lake::FileAction& action);

  lake::Table& table_;
  const std::string folder_;
  const DeltaChangeRules rules_;
  CommitTimes times_;
  lake::TableState state_;  // of the schema
  data::Schema schema_;
  std::vector<data::StoredColumn> stored_;
  std::map<std::pair<std::int64_t, bool>, Files> kept_;
};

}  // namespace sluice::connectors
