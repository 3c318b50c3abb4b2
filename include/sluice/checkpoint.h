#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sluice/base/result.h"

namespace sluice {

// What `sluice checkpoint` does to the backups of a pipeline's checkpoint in the folder `from`, of
// this machine or of a store. `pipeline_file`: whose `s3` and `mounts` reach the folder; "": the
// environment and the profile files do.

/// A backup: the checkpoint as a commit left it.
struct CheckpointBackup {
  std::int64_t number = 0;
  std::string pipeline;
  std::int64_t batch = 0;    ///< the last one that was committed
  std::int64_t time_us = 0;  ///< since 1970
  std::uint64_t bytes = 0;
};

/// The newest first. kUser when the folder cannot be read; having none is not an error.
Result<std::vector<CheckpointBackup>> list_backups(const std::string& from,
                                                   const std::string& pipeline_file);

/// Makes the checkpoint `to`, a folder that is empty or not there, from backup `number` (-1:
/// the newest), completely or not at all. kUser: no such backup (E_NO_BACKUP), or there is
/// something at `to`; kCorruption E_BACKUP_BROKEN: pieces of it are gone.
/// REQUIRES: no pipeline is started on `to` before this has returned.
Result<CheckpointBackup> restore_checkpoint(const std::string& from, const std::string& to,
                                            std::int64_t number, const std::string& pipeline_file);

/// Gives up the position of `source` in the checkpoint at `checkpoint`: a source of that name
/// starts where its `start` option says. kUser: no checkpoint, or no such source in it; kConflict:
/// a pipeline runs on it.
Status forget_source(const std::string& checkpoint, const std::string& source);

}  // namespace sluice
