#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "io/file_system.h"
#include "lake/table.h"

namespace sluice::connectors {

struct Restored {
  std::int64_t version = -1;  ///< that it made; -1: nothing was to be done
  std::int64_t files_removed = 0;
  std::int64_t files_restored = 0;
  bool metadata_restored = false;  ///< columns, partitions or properties were others
};

/// Who restores, and when.
struct Restorer {
  std::string engine;
  const Clock& clock;
  Random& random;
};

/// Gives the table the files, deleted rows, columns, partitions and properties of `version` again,
/// in a new version. kUser when a file is gone, or as lake::restoration; kUnknownOutcome: done once
/// more it does nothing that was done already.
/// Crash points: restore.commit, .committed.
Result<Restored> restore(lake::Table& table, const std::string& path, io::FileSystem& files,
                         std::int64_t version, const Restorer& restorer);

}  // namespace sluice::connectors
