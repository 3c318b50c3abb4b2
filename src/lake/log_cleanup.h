#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "lake/table.h"
#include "sluice/base/result.h"

namespace sluice::lake {

/// The files of a table's log that may go, by the protocol's rules for cleaning up metadata: with
/// the midnight (UTC) before `keep_from` as the moment that versions must be readable from, all
/// that is older than the newest complete checkpoint at or before the newest commit of that moment.
/// The oldest come first; without such a checkpoint there are none. Sidecars are never among them.
std::vector<std::string> expired_log_files(const std::vector<io::FileInfo>& log, Micros keep_from);

/// Removes entries and checkpoints that are older than delta.logRetentionDuration (30 days), unless
/// delta.enableExpiredLogCleanup=false or the table asks for more (checkpointProtection, a
/// catalog). Looks at the log once a day. Not for two threads at once.
class LogCleaner {
 public:
  /// Files that one call removes; the rest goes with the next one.
  static constexpr std::size_t kFilesMax = 1000;

  /// `path` is the table's. Returns the number of files that were removed. After an error some may
  /// be gone, the oldest; the log is whole from the first one that is left. Crash point:
  /// delta.log_cleaned, after each file.
  Result<std::size_t> run(const TableState& state, const std::string& path, io::FileSystem& files,
                          Micros now);

 private:
  Micros done_until_ = 0;  // midnight
};

}  // namespace sluice::lake
