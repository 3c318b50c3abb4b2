#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/arena.h"
#include "sluice/base/result.h"
#include "sql/duckdb/duckdb_session.h"
#include "sql/scan/scan.h"

namespace sluice::sql {

/// What a Scan and its table function share. The function stays registered until the database is
/// closed, so it keeps the state alive; without a batch it gives no rows.
struct ScanState {
  ScanDefinition definition;
  std::size_t threads = 1;                   ///< that may decode for one query
  std::vector<std::size_t> checked;          ///< columns of the decoder that every scan checks
  std::set<std::size_t> needed;              ///< that some scan of any batch has decoded
  const data::RecordBatch* batch = nullptr;  ///< changes only between queries
  std::uint64_t generation = 0;              ///< of the batch: counts bind()
  bool is_aside = false;                     ///< Scan::set_aside()

  std::mutex mutex;                                  ///< guards what follows
  std::vector<std::unique_ptr<data::Arena>> arenas;  ///< of the batch: one a thread and scan
  std::vector<data::Reject> rejects;                 ///< of all scans, rows repeat
  bool scanned = false;                              ///< at least one scan ran to its end
  std::set<std::size_t> whole;                       ///< columns of scans that ran to their end
  std::optional<std::set<std::size_t>> decoded;      ///< by the first scan; null: none began
  bool differ = false;                               ///< another scan decoded other columns
  std::chrono::nanoseconds decode_time{0};           ///< Scan::decode_time
};

/// Defines `SELECT * FROM <name>()` for the state.
Status register_scan_function(DuckdbSession& session, const std::string& name,
                              std::shared_ptr<ScanState> state);

}  // namespace sluice::sql
