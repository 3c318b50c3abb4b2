#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "state/backup_store.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// The checkpoint as one commit left it, with the dead letters that lie in its folder, on its way
/// into a folder of backups: copied on its disk between two batches, sent away at any time after.
class CheckpointCopy {
 public:
  /// `folder`: of the copies, on the checkpoint's disk, this object's alone. All outlive this.
  CheckpointCopy(const Pipeline& pipeline, state::Checkpoint& checkpoint,
                 const Surroundings& surroundings, state::BackupStore& store, std::string folder);

  /// Makes the folder of the copies.
  Status open();
  /// Engine thread, between two batches, while nobody is in send(): copies what the last commit
  /// left. The database's file is left out where send() has sent it as it is.
  Status take();
  /// Puts what take() copied into the store, but for its manifest, which is returned without a
  /// number. Any thread. kCancelled when stopped.
  Result<state::BackupManifest> send(data::BatchId batch, const std::stop_token& stop);
  /// What stays only takes room.
  void remove();

 private:
  using Known = std::map<std::string, state::BackupFile>;

  /// A dead letter's file: its place, and how it was when it was listed.
  struct Letter {
    std::string path;
    std::string key;
  };

  Status send_letters(state::BackupManifest& manifest, const std::stop_token& stop);

  const Pipeline& pipeline_;
  state::Checkpoint& checkpoint_;
  const Surroundings& surroundings_;
  state::BackupStore& store_;
  const std::string folder_;

  // What take() found, for send().
  state::DatabaseVersion version_;
  std::string id_;  // of the backup
  bool has_log_ = false;
  std::vector<Letter> letters_;

  // send()'s alone.
  std::optional<state::DatabaseVersion> sent_version_;
  state::BackupFile sent_database_;
  Known known_letters_;
};

}  // namespace sluice::engine
