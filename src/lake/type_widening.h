#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "data/type.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// The next log entry that makes columns of the table, and what is inside them, as wide as those of
/// the rows (Delta protocol, "Type Widening"): the feature, the property that enables it, and the
/// schema with the changes in its metadata. Files stay as they are: readers cast what they hold.
/// "": no column has to be wider. kUser: the table's protocol has no room for it.
struct Widening {
  std::string engine;  ///< in commitInfo
  Micros now = 0;
  /// inCommitTimestamp of the table's newest entry, where the table has the feature.
  std::optional<std::int64_t> last_commit_ms{};
  std::string txn_id{};  ///< commitInfo.txnId, a UUID; "": none
};
Result<std::string> widening_entry(const data::Schema& rows, const TableState& table,
                                   const Widening& widening);

}  // namespace sluice::lake
