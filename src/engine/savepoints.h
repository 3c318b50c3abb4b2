#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/backup.h"
#include "engine/checkpoint_copy.h"
#include "engine/engine.h"
#include "engine/pipeline.h"
#include "engine/savepoint.h"
#include "sluice/base/result.h"
#include "state/backup_store.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Makes the savepoints that a run is asked for (Control::save): between two batches the checkpoint
/// is copied on its disk, then a thread sends the copy away while batches go on. What goes wrong is
/// the asker's alone, and no harm to the run. Engine thread only.
class Savepoints {
 public:
  /// All outlive this.
  Savepoints(const Pipeline& pipeline, state::Checkpoint& checkpoint,
             const Surroundings& surroundings, Backup& backup);
  /// Gives up what is under way.
  ~Savepoints();
  Savepoints(const Savepoints&) = delete;
  Savepoints& operator=(const Savepoints&) = delete;

  /// Removes what a killed run has left.
  void open();
  /// All up to `batch` is published: begins what is asked for, if anything is.
  void between_batches(data::BatchId batch);

 private:
  /// One on its way to a folder that is not that of `backup`.
  struct Journey {
    Journey(const Pipeline& pipeline, state::Checkpoint& checkpoint,
            const Surroundings& surroundings, std::string to, std::string copies)
        : store(surroundings.files, std::move(to)),
          copy(pipeline, checkpoint, surroundings, store, std::move(copies)) {}
    state::BackupStore store;
    CheckpointCopy copy;
  };

  bool is_on_its_way() const { return busy_ && thread_.joinable(); }
  Status begin(data::BatchId batch, const std::string& to, const SavepointWish& wish);
  /// It could not be begun.
  void give_up();
  /// On the thread.
  Result<Savepoint> send(data::BatchId batch, const std::stop_token& stop);
  void end(const SavepointWish& wish, Result<Savepoint> made);

  const Pipeline& pipeline_;
  state::Checkpoint& checkpoint_;
  const Surroundings& surroundings_;
  Backup& backup_;
  const std::string copies_;          // folder of the copies
  std::unique_ptr<Journey> journey_;  // of the thread while busy_
  std::atomic<bool> busy_ = false;    // until the thread has ended its work
  std::jthread thread_;               // last: it uses all above
};

}  // namespace sluice::engine
