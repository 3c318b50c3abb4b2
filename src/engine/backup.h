#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/checkpoint_copy.h"
#include "engine/engine.h"
#include "engine/pipeline.h"
#include "engine/savepoint.h"
#include "sluice/base/result.h"
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
  using Asked = std::function<void(Result<Savepoint>)>;

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
  /// Whether one is under way; false again before the control is woken (Control::look_again).
  const std::atomic<bool>& is_busy() const { return busy_; }
  /// A backup of now, all up to `batch` being published, because somebody asks for it; `asked`
  /// gets it, or why there is none, which harms nothing.
  /// REQUIRES: there is `backup:`, and none is under way.
  void begin_asked(data::BatchId batch, const Asked& asked);
  /// Whether that is the id of the newest backup; any thread. So a folder is known by another name.
  bool is_newest(const std::string& id) const;
  /// At an orderly end: waits for what is under way, and for one more when batches came after it.
  Status finish();

 private:
  bool before_publishing() const { return pipeline_.backup && pipeline_.backup->every == 0; }
  /// Copies what the last commit left.
  Status copy();
  /// Puts the copies and their manifest, removes old backups; `made` takes the backup once it is
  /// there, also when an error comes after that.
  Status put(data::BatchId batch, const std::stop_token& stop, Savepoint& made);
  Status run(data::BatchId batch);
  /// `asked`: who is informed of the end; null: nobody has asked.
  void begin(data::BatchId batch, const Asked& asked);
  /// On the thread: what has become of it.
  void end(data::BatchId batch, const Status& done, const Savepoint& made, const Asked& asked);
  void wait();
  void note(const std::string& id);

  const Pipeline& pipeline_;
  const Surroundings& surroundings_;
  state::BackupStore store_;
  CheckpointCopy copy_;
  Micros opened_ = 0;  // when next_number_ was looked for
  std::int64_t next_number_ = 0;
  data::BatchId backed_up_ = -1;  // the last batch of a backup that is there
  std::optional<std::chrono::nanoseconds> begun_;
  data::BatchId published_ = -1;  // all up to it

  mutable std::mutex mutex_;
  std::string newest_;  // the id of the newest backup; guarded by mutex_

  std::atomic<bool> busy_ = false;
  std::atomic<bool> failed_ = false;
  std::jthread thread_;  // last: it uses all above
};

}  // namespace sluice::engine
