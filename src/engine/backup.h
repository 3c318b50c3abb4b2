#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/pipeline.h"
#include "state/backup_store.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Keeps copies of a running pipeline's checkpoint elsewhere, as `backup:` asks. A backup is the
/// checkpoint as one commit left it, with the dead letters that lie in its folder. With an interval
/// the database is copied on its disk between batches, and a thread of this class sends the copy
/// away while batches go on; a backup that fails is tried again at the next interval. Without one
/// (`every: 0s`) nothing is published before its backup is complete. Engine thread only.
class Backup {
 public:
  /// All outlive this.
  Backup(const Pipeline& pipeline, state::Checkpoint& checkpoint, const Surroundings& surroundings);
  /// Gives up what is under way.
  ~Backup();
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  /// Connects; `batch` is the last that was committed. kUser E_BACKUP_OWNER: the folder has another
  /// pipeline's backups; the store's errors.
  Status open(data::BatchId batch);
  /// Before anything of the committed `batch` is published, which may happen only after this
  /// returns.
  Status before_publish(data::BatchId batch);
  /// All up to `batch` is published: begins a backup when it is time. What goes wrong is logged.
  void between_batches(data::BatchId batch);
  /// At an orderly end: waits for what is under way, and for one more when batches came after it.
  Status finish();

 private:
  using Known = std::map<std::string, state::BackupFile>;

  /// A dead letter's file: its place, and how it was when it was listed.
  struct Letter {
    std::string path;
    std::string key;
  };

  bool before_publishing() const { return pipeline_.backup && pipeline_.backup->every == 0; }
  /// Copies what the last commit left.
  Status copy();
  /// Puts the copies and their manifest, removes old backups.
  Status put(data::BatchId batch, std::stop_token stop);
  Status put_letters(state::BackupManifest& manifest, const std::stop_token& stop);
  Status run(data::BatchId batch);
  void begin(data::BatchId batch);
  /// On the thread: what has become of it.
  void end(data::BatchId batch, const Status& done);
  void remove_copies();
  void wait();

  const Pipeline& pipeline_;
  state::Checkpoint& checkpoint_;
  const Surroundings& surroundings_;
  state::BackupStore store_;
  const std::string copies_;  // folder of the copies
  Micros opened_ = 0;         // when next_number_ was looked for
  std::int64_t next_number_ = 0;
  data::BatchId backed_up_ = -1;  // the last batch of a backup that was begun
  std::optional<std::chrono::nanoseconds> begun_;
  data::BatchId published_ = -1;  // all up to it

  // What the last copy found, for put().
  state::DatabaseVersion version_;
  std::string id_;  // of the backup
  bool has_log_ = false;
  std::vector<Letter> letters_;

  // put()'s alone.
  std::optional<state::DatabaseVersion> put_version_;
  state::BackupFile put_database_;
  Known known_letters_;

  std::atomic<bool> busy_ = false;
  std::atomic<bool> failed_ = false;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace sluice::engine
