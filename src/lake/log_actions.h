#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/type.h"
#include "lake/value_text.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// Text of log entries; docs/format/delta.md shows them.

/// What a new table is made of.
struct TableDefinition {
  data::Schema schema;
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> configuration;
  std::string id;      ///< a UUID
  std::string engine;  ///< "sluice/0.1.0", in commitInfo
  Micros created = 0;
  std::string operation = "CREATE TABLE";  ///< commitInfo.operation
  std::vector<std::string> adds;           ///< add_action() lines of files that it begins with
  std::string app_id;                      ///< of a txn action; "": none
  std::int64_t app_version = 0;
  std::string user_metadata;  ///< into commitInfo; "": none
};

/// Log entry 0: protocol, metadata, commitInfo. The protocol is (1,2), which every reader opens;
/// (3,7) with timestampNtz when the schema has a TIMESTAMP, as the protocol asks; also with
/// columnMapping when a name needs it or the configuration has a delta.columnMapping.mode. kUser
/// errors as those of to_delta_json; files that the table begins with cannot be mapped.
Result<std::string> initial_entry(const TableDefinition& definition);

/// One data file on its way into the log.
struct NewFile {
  std::string path;  ///< relative to the table, as on disk
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  Micros modified = 0;
  /// Column -> value as DuckDB prints it; null is NULL.
  std::map<std::string, std::optional<std::string>> partition_values;
  std::map<std::string, ColumnBounds> statistics;
};

/// The file's add action as one line of JSON, for Commit::adds. kUser errors as partition_text.
Result<std::string> add_action(const NewFile& file, const data::Schema& schema);

/// What an add action says of its file, read back.
struct AddedFile {
  std::string path;  ///< percent-encoded, as in the log
  std::int64_t bytes = 0;
  std::map<std::string, std::string> partition_values;  ///< without those that are NULL
  std::string stats;                                    ///< JSON; "": none
};
Result<AddedFile> read_add_action(std::string_view json);

/// The paths, as they are there, of the files that a log entry adds. kCorruption when such a line
/// is not JSON.
Result<std::vector<std::string>> added_paths(std::string_view entry);

/// commitInfo.userMetadata of a log entry that carries the txn action of `app_id` with version
/// `app_version`: null when the entry has no such txn, an empty text when it has no userMetadata.
/// kCorruption when such a line is not JSON.
Result<std::optional<std::string>> user_metadata_of(std::string_view entry, std::string_view app_id,
                                                    std::int64_t app_version);

/// The version of the txn action of `app_id` in a log entry; null when it has none. kCorruption
/// when such a line is not JSON.
Result<std::optional<std::int64_t>> txn_version_of(std::string_view entry, std::string_view app_id);

}  // namespace sluice::lake
