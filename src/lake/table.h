#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file_system.h"
#include "lake/delta_schema.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// One version of a table, as its log has it.
struct TableState {
  std::int64_t version = 0;
  std::int64_t checkpoint_version = 0;  ///< of the newest checkpoint; 0: none
  std::int64_t checkpoint_bytes = 0;    ///< of its file, without sidecars
  int min_reader_version = 0;
  int min_writer_version = 0;
  std::vector<std::string> features;         ///< of readers and writers, sorted
  std::vector<std::string> reader_features;  ///< that a reader must know
  std::string id;                            ///< of the table, as long as nobody makes it again
  std::string schema_json;
  DeltaSchema schema;
  std::vector<std::string> partition_by;
  std::map<std::string, std::string> configuration;  ///< table properties
  std::string protocol_json;                         ///< the actions as they are in the log
  std::string metadata_json;
};

/// A column, or a field of a struct, that a commit adds to a table's schema.
struct NewColumn {
  std::vector<std::string> parent;  ///< the struct's path; empty: the table itself
  std::string field;                ///< as Delta's JSON
};

/// What one commit puts into the log.
struct Commit {
  std::string operation = "STREAMING UPDATE";  ///< commitInfo.operation
  bool data_change = true;                     ///< false: the same rows lie in other files
  std::vector<std::string> adds;               ///< lines of add_action()
  std::vector<std::string> removes;            ///< DataFile::path of files of the snapshot
  bool replace_all = false;                    ///< remove every file that the table has now
  /// What is added depends on nothing that the table holds; others need not mind it. Not with
  /// removes, new columns or without adds.
  bool is_blind = false;
  std::vector<NewColumn> new_columns;
  std::string app_id;  ///< of the txn action; "": none
  std::int64_t app_version = 0;
  std::string user_metadata;                                    ///< into commitInfo
  std::vector<std::pair<std::string, std::string>> parameters;  ///< commitInfo.operationParameters
  std::vector<std::pair<std::string, std::string>> metrics;     ///< commitInfo.operationMetrics
};

struct CommitOutcome {
  /// False: another writer's entry is at that version, which was looked at; refresh(), compare
  /// app_version(), try again.
  bool committed = false;
  std::int64_t version = 0;
  std::int64_t files_removed = 0;
};

struct DataFile {
  std::string path;  ///< percent-encoded, as in the log
  std::int64_t bytes = 0;
  std::int64_t modified_ms = 0;  ///< since 1970
  std::optional<std::int64_t> rows;
  std::map<std::string, std::string> partition_values;  ///< without those that are NULL
  std::string stats;                                    ///< the log's JSON; "": none
  std::string deletion_vector;                          ///< the log's JSON; "": none
  std::int64_t deleted_rows = 0;                        ///< that it takes away

  /// What identifies it, however its path is spelled: with other deleted rows it is another file.
  std::string identity() const;
};

/// A Delta table on disk (delta_kernel behind a C++ face). Holds the newest snapshot it has seen,
/// so that a commit reads only what came after it. Not for two threads at once; the library's own
/// threads are shared by all tables of the process.
///
/// Errors of every method: kUser (no such table, no permission, a feature that the library lacks),
/// kTransient (may pass), kCorruption (the log contradicts itself), kInternal; of those that write,
/// kUnknownOutcome instead of kTransient.
class Table {
 public:
  /// A handle on `folder`, whether or not a table is there. `engine` names the writer in
  /// commitInfo. Reads nothing. `options` are the object store's; none are needed for local
  /// folders.
  static Result<Table> open(std::string_view folder, std::string_view engine,
                            const std::map<std::string, std::string>& options = {});
  /// As above, at a path of io::FileSystem::address.
  static Result<Table> open(const io::StoreAddress& address, std::string_view engine);
  Table(Table&& other) noexcept;
  Table& operator=(Table&& other) noexcept;
  ~Table();

  /// Reads what is new in the log. False: there is no table. A table that was there and is gone, or
  /// has gone back in its versions, is kCorruption.
  Result<bool> refresh();

  /// Of the snapshot; refresh() must have said true.
  const TableState& state() const { return state_; }

  /// Puts log entry 0 unless there is one. False: somebody was faster. Call refresh() afterwards.
  /// An entry with just these bytes counts as put by this call, whose answer may have been lost: it
  /// holds a UUID of the caller's.
  Result<bool> create(std::string_view initial_entry);

  /// Puts the entry after the snapshot as it is, unless another writer was faster (false), with
  /// a UUID in it as above. Call refresh() afterwards.
  Result<bool> put_next(std::string_view entry);

  /// The newest txn version of `app_id` in the snapshot. Asked again for the same one it reads only
  /// what others committed since.
  Result<std::optional<std::int64_t>> app_version(std::string_view app_id);

  /// The log entry, one action a line; null when it is gone.
  Result<std::optional<std::string>> log_entry(std::int64_t version);

  /// The log entry of the commit that carried that txn; null when it is gone, or lies below more
  /// than a hundred later entries and was not met by app_version(): nobody reads a whole log for
  /// it.
  Result<std::optional<std::string>> entry_of(std::string_view app_id, std::int64_t app_version);

  /// commitInfo.userMetadata of that commit; null as for entry_of().
  Result<std::optional<std::string>> user_metadata(std::string_view app_id,
                                                   std::int64_t app_version);

  /// One try to commit after the snapshot. After success the snapshot is the new version.
  Result<CommitOutcome> commit(const Commit& commit);

  /// Writes a checkpoint when the snapshot has passed a multiple of delta.checkpointInterval since
  /// the newest one, so that one that a kill left out is made up for. Without that property: of 10,
  /// and not before a commit for each 4 KiB of the newest one up to a hundred, or each 16 KiB up to
  /// a thousand. True: written. Never needed for correctness.
  Result<bool> checkpoint_if_due();

  /// The table at a version, which must still be there in full.
  Result<Table> at_version(std::int64_t version);
  /// The newest version that was there at this time. kUser: the table is younger.
  Result<std::int64_t> version_as_of(std::int64_t timestamp_ms);
  /// The first version from this time on. kUser: all are older.
  Result<std::int64_t> version_from(std::int64_t timestamp_ms);

  /// When a log entry was written, in milliseconds since 1970; null when it is not there.
  Result<std::optional<std::int64_t>> log_entry_time(std::int64_t version);

  /// Numbers (from 0, ascending) of the rows that deletion vectors remove, by DataFile::path.
  Result<std::map<std::string, std::vector<std::uint64_t>>> deletions();
  /// The same of one deletion vector, by its descriptor, the JSON in a log entry.
  Result<std::vector<std::uint64_t>> deleted_rows(std::string_view descriptor);

  /// The files of a version; of the snapshot's without one.
  Result<std::vector<DataFile>> files(std::optional<std::int64_t> version = std::nullopt);

 private:
  Result<bool> put(std::int64_t version, std::string_view entry);

  struct Handle;
  explicit Table(std::unique_ptr<Handle> handle);

  Status read_state();

  /// What the log up to a version says of one txn.
  struct KnownTxn {
    std::string table_id;
    std::int64_t up_to = 0;
    std::optional<std::int64_t> version;
    std::optional<std::int64_t> entry;  ///< the log entry that has it; null: not met
  };
  /// Null: the log has to be read as a snapshot does.
  KnownTxn* known_txn(std::string_view app_id);
  Result<bool> follow_txn(const KnownTxn& known);

  std::unique_ptr<Handle> handle_;
  TableState state_;
  std::map<std::string, KnownTxn, std::less<>> known_txns_;  // by app id
};

}  // namespace sluice::lake
