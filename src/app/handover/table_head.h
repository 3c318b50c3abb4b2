#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "io/file_system.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::app {

/// What a handover says in a table's log (docs/format/delta.md).
struct HandoverEntry {
  std::string pipeline;
  std::string sink;
  std::int64_t batch = 0;
  std::int64_t done = 0;  ///< the last batch of Spark's query whose rows count
  std::string plan_hash;  ///< begins with kHandoverHash
};

/// How the plan hash of a handover begins.
inline constexpr const char* kHandoverHash = "handover-";

/// A Delta table that a query of Spark's writes and a sink of ours will, or the other way round:
/// which batches it holds.
class TableHead {
 public:
  /// Null: there is no table yet. `app_id`: the sink's own in the table's log.
  static Result<std::unique_ptr<TableHead>> open(const std::string& path, io::FileSystem& files,
                                                 std::string app_id);

  /// The newest batch under that id; null: none.
  Result<std::optional<std::int64_t>> batch();
  /// The same, if it is one that sluice has written and not a handover's.
  Result<std::optional<std::int64_t>> own_batch();

  /// How a batch that Spark has planned ended.
  enum class End : unsigned char { kThere, kNotThere, kUnknown };

  /// Decides it by the txn of `app_id`: the batch is there when it has its number; when it has the
  /// one before, or any before and `certain` (it is known that the query writes under this id),
  /// the batch is not there, and an entry in the log sees to it that it never will be.
  Result<End> settle(const std::string& app_id, std::int64_t batch, bool certain,
                     HandoverEntry entry);

  /// Puts an entry without rows into the log, by which `batch` is the newest of the sink's; so no
  /// batch of Spark's up to that one is taken any more.
  Status put(const HandoverEntry& entry);

 private:
  TableHead(std::string path, std::unique_ptr<lake::Table> table, std::string app_id)
      : path_(std::move(path)), table_(std::move(table)), app_id_(std::move(app_id)) {}

  Result<std::optional<std::int64_t>> version_of(const std::string& app_id);
  /// One try; false: another writer was faster.
  Result<bool> commit(const std::string& app_id, const HandoverEntry& entry);

  const std::string path_;
  const std::unique_ptr<lake::Table> table_;
  const std::string app_id_;
};

}  // namespace sluice::app
