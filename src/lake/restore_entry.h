#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// What has to be done to a table so that it is as it was in an older version.
struct Restoration {
  std::int64_t version = 0;       ///< the older one
  std::vector<DataFile> removes;  ///< of the files that it has now
  std::vector<DataFile> adds;     ///< of those that it had then
  std::string metadata;           ///< a metaData action of that version; "": it is the same
  std::string txn_id;             ///< commitInfo.txnId, a UUID of the caller's; "": none
  bool is_nothing() const { return removes.empty() && adds.empty() && metadata.empty(); }
};

/// From one version to the other. Files are known by path and deletion vector. The table keeps its
/// id, its protocol and when its commits began to carry their time; columns, partitions and
/// properties become those of that version. kUser: the protocol has lost what the older version
/// needs, or what belongs together is kept elsewhere in the log (clustering).
Result<Restoration> restoration(const TableState& now, const std::vector<DataFile>& files_now,
                                const TableState& then, const std::vector<DataFile>& files_then);

/// The log entry that does it, for Table::put_next. `time_ms` is when; in a table with
/// in-commit timestamps later than its newest one.
std::string restore_entry(const Restoration& what, const TableState& now, const TableState& then,
                          const std::string& engine, std::int64_t time_ms);

}  // namespace sluice::lake
