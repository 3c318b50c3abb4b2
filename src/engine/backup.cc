#include "engine/backup.h"

#include <utility>

#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/control.h"

namespace sluice::engine {

Backup::Backup(const Pipeline& pipeline, state::Checkpoint& checkpoint,
               const Surroundings& surroundings)
    : pipeline_(pipeline),
      surroundings_(surroundings),
      store_(surroundings.files, pipeline.backup ? pipeline.backup->to : ""),
      copy_(pipeline, checkpoint, surroundings, store_,
            io::join_path(pipeline.checkpoint, "backup")) {}

Backup::~Backup() {
  thread_.request_stop();
  wait();
}

void Backup::wait() {
  if (thread_.joinable()) thread_.join();
}

Status Backup::open(data::BatchId batch) {
  if (!pipeline_.backup) return {};
  published_ = batch;
  opened_ = surroundings_.clock.now();
  SLUICE_TRY(copy_.open());
  SLUICE_TRY(surroundings_.files.make_folders(store_.folder()));
  SLUICE_ASSIGN(const auto numbers, store_.numbers());
  if (numbers.empty()) return {};
  next_number_ = numbers.back() + 1;
  SLUICE_ASSIGN(const state::BackupManifest newest, store_.read(numbers.back()));
  backed_up_ = newest.batch;
  note(newest.id);
  if (newest.pipeline == pipeline_.name) return {};
  return user_error("E_BACKUP_OWNER: " + store_.folder() + " has backups of pipeline '" +
                    newest.pipeline + "', not of '" + pipeline_.name +
                    "'; give each pipeline a folder of its own in backup.to");
}

void Backup::note(const std::string& id) {
  const std::lock_guard lock(mutex_);
  newest_ = id;
}

bool Backup::is_newest(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return !id.empty() && newest_ == id;
}

Status Backup::before_publish(data::BatchId batch) {
  return before_publishing() ? run(batch) : Status();
}

void Backup::between_batches(data::BatchId batch) {
  published_ = batch;
  if (!pipeline_.backup || before_publishing() || busy_) return;
  const auto now = surroundings_.clock.steady();
  const std::chrono::nanoseconds every = std::chrono::microseconds(pipeline_.backup->every);
  if (begun_ && now - *begun_ < every) return;
  if (batch == backed_up_ && !failed_) return;
  begun_ = now;
  wait();
  // A full disk is no reason to stop the pipeline.
  if (auto copied = copy(); !copied) {
    log_warn("backup: " + copied.error().message() + "; tried again later");
    return;
  }
  begin(batch, nullptr);
}

void Backup::begin_asked(data::BatchId batch, const Asked& asked) {
  published_ = batch;
  wait();
  auto begun = at_border("make a savepoint", [&]() -> Status {
    SLUICE_TRY(copy());
    begin(batch, asked);
    return {};
  });
  if (begun) return;
  busy_ = false;
  asked(std::move(begun).error());
}

void Backup::begin(data::BatchId batch, const Asked& asked) {
  busy_ = true;
  thread_ = start_thread(
      "backup",
      [this, batch, asked](const std::stop_token& stop) {
        Savepoint made;
        const Status done = put(batch, stop, made);
        end(batch, done, made, asked);
      },
      [this, batch, asked](Error error) { end(batch, std::move(error), {}, asked); });
}

void Backup::end(data::BatchId batch, const Status& done, const Savepoint& made,
                 const Asked& asked) {
  // What was only to be removed is removed by the next one.
  const bool is_there = !made.folder.empty();
  if (is_there) backed_up_ = batch;
  if (asked == nullptr) failed_ = !done;
  if (!done && done.error().kind() != Kind::kCancelled && (asked == nullptr || is_there)) {
    log_warn("backup: batch=" + std::to_string(batch) + ": " + done.error().message() +
             "; tried again later");
  }
  if (asked != nullptr) asked(is_there ? Result<Savepoint>(made) : done.error().clone());
  busy_ = false;
  if (surroundings_.control != nullptr) surroundings_.control->look_again();
}

Status Backup::finish() {
  if (!pipeline_.backup) return {};
  wait();
  const bool all_there = published_ == backed_up_ && !failed_;
  if (published_ >= 0 && !all_there) SLUICE_TRY(run(published_));
  copy_.remove();
  return {};
}

/// Not to be stopped: after a commit the batch is finished.
Status Backup::run(data::BatchId batch) {
  wait();  // for one that was asked for
  SLUICE_TRY(copy());
  Savepoint made;
  if (auto done = put(batch, {}, made); !done) return std::move(done).error().with("backup");
  backed_up_ = batch;
  failed_ = false;
  return {};
}

Status Backup::copy() {
  SLUICE_TRY(copy_.take());
  crash_point("backup.copied");
  return {};
}

Status Backup::put(data::BatchId batch, const std::stop_token& stop, Savepoint& made) {
  const auto start = surroundings_.clock.steady();
  SLUICE_ASSIGN(state::BackupManifest manifest, copy_.send(batch, stop));
  // A number is used once, whatever becomes of it.
  bool is_there = false;
  while (!is_there) {
    manifest.number = next_number_++;
    SLUICE_ASSIGN(is_there, store_.put(manifest, opened_));
  }
  note(manifest.id);
  made = {store_.folder(), manifest.number, batch, manifest.bytes()};
  crash_point("backup.committed");
  const auto took = surroundings_.clock.steady() - start;
  log_debug("backup " + std::to_string(manifest.number) + ": batch=" + std::to_string(batch) +
            " bytes=" + std::to_string(manifest.bytes()) +
            " time_ms=" + std::to_string(took.count() / 1'000'000));
  return store_.prune(pipeline_.backup->keep);
}

}  // namespace sluice::engine
