#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "lake/table.h"

namespace sluice::connectors {

/// Where and with what a table's files are put together.
struct CompactionPlace {
  std::string path;                   ///< the table's folder, without a slash at its end
  const connector::Context& context;  ///< with a rewriter
  std::string name_prefix;            ///< of the new files; unique
  std::string compression;
  std::uint64_t row_group_rows = 0;  ///< 0: DuckDB's
};

struct CompactionOptions {
  std::int64_t target_bytes = 0;  ///< 0: the table's own
  std::vector<std::string> sort_by;
  std::vector<std::string> zorder_by;
};

struct CompactionResult {
  std::int64_t version = -1;  ///< that it made; -1: nothing was to be done
  std::int64_t files_removed = 0;
  std::int64_t files_added = 0;
  std::int64_t bytes_removed = 0;
  std::int64_t bytes_added = 0;
  std::vector<std::string> adds;  ///< lake::add_action lines of the new files
};

/// Small files of one partition become files of the target's size; with an order, all files of each
/// partition are rewritten in it. One commit with dataChange=false: readers and streams see the
/// same rows. A file of which many rows are deleted (a deletion vector) is rewritten, too. Other
/// writers' commits are no obstacle unless they removed a file that was put together, or rows of
/// it: its group is left as it was.
/// Crash points: compaction.written, .committed.
Result<CompactionResult> compact(lake::Table& table, const CompactionPlace& place,
                                 const CompactionOptions& options);

/// As above, of exactly these files of the snapshot, each group into one file.
Result<CompactionResult> compact_groups(lake::Table& table, const CompactionPlace& place,
                                        const std::vector<std::vector<lake::DataFile>>& groups);

/// kUser when the table's files cannot be rewritten without losing what its features promise.
Status check_rewritable(const lake::TableState& state);

}  // namespace sluice::connectors
