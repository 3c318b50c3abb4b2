#include "engine/backup.h"

#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"

namespace sluice::engine {
namespace {

constexpr const char* kDatabase = "state.db";
constexpr const char* kLog = "state.db.wal";
constexpr const char* kLetters = "dead_letter";

}  // namespace

Backup::Backup(const Pipeline& pipeline, state::Checkpoint& checkpoint,
               const Surroundings& surroundings)
    : pipeline_(pipeline),
      checkpoint_(checkpoint),
      surroundings_(surroundings),
      store_(surroundings.files, pipeline.backup ? pipeline.backup->to : ""),
      copies_(io::join_path(pipeline.checkpoint, "backup")) {}

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
  SLUICE_TRY(surroundings_.files.make_folders(copies_));
  SLUICE_TRY(surroundings_.files.make_folders(store_.folder()));
  SLUICE_ASSIGN(const auto numbers, store_.numbers());
  if (numbers.empty()) return {};
  next_number_ = numbers.back() + 1;
  SLUICE_ASSIGN(const state::BackupManifest newest, store_.read(numbers.back()));
  backed_up_ = newest.batch;
  if (newest.pipeline == pipeline_.name) return {};
  return user_error("E_BACKUP_OWNER: " + store_.folder() + " has backups of pipeline '" +
                    newest.pipeline + "', not of '" + pipeline_.name +
                    "'; give each pipeline a folder of its own in backup.to");
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
  begin(batch);
}

void Backup::begin(data::BatchId batch) {
  backed_up_ = batch;
  busy_ = true;
  thread_ = start_thread(
      "backup", [this, batch](const std::stop_token& stop) { end(batch, put(batch, stop)); },
      [this, batch](Error error) { end(batch, std::move(error)); });
}

void Backup::end(data::BatchId batch, const Status& done) {
  failed_ = !done;
  if (!done && done.error().kind() != Kind::kCancelled) {
    log_warn("backup: batch=" + std::to_string(batch) + ": " + done.error().message() +
             "; tried again later");
  }
  busy_ = false;
}

Status Backup::finish() {
  if (!pipeline_.backup) return {};
  wait();
  const bool all_there = published_ == backed_up_ && !failed_;
  if (published_ >= 0 && !all_there) SLUICE_TRY(run(published_));
  remove_copies();
  return {};
}

/// What stays only takes room.
void Backup::remove_copies() {
  for (const std::string& path :
       {io::join_path(copies_, kDatabase), io::join_path(copies_, kLog), copies_}) {
    static_cast<void>(surroundings_.files.remove(path));
  }
}

/// Not to be stopped: after a commit the batch is finished.
Status Backup::run(data::BatchId batch) {
  SLUICE_TRY(copy());
  if (auto done = put(batch, {}); !done) return std::move(done).error().with("backup");
  backed_up_ = batch;
  failed_ = false;
  return {};
}

Status Backup::copy() {
  io::FileSystem& files = surroundings_.files;
  id_ = surroundings_.random.uuid();
  SLUICE_ASSIGN(version_, checkpoint_.database_version());
  if (version_ != put_version_) {
    SLUICE_TRY(checkpoint_.copy_database(io::join_path(copies_, kDatabase)));
  }
  SLUICE_ASSIGN(has_log_, checkpoint_.copy_log(io::join_path(copies_, kLog)));
  const std::string folder = io::join_path(pipeline_.checkpoint, kLetters);
  SLUICE_ASSIGN(const auto listed, files.list(folder, /*recursive=*/true));
  letters_.clear();
  for (const io::FileInfo& file : listed) {
    const std::string path = kLetters + file.path.substr(folder.size());
    letters_.push_back(
        {path, path + "\n" + std::to_string(file.bytes) + "\n" + std::to_string(file.modified)});
  }
  crash_point("backup.copied");
  return {};
}

Status Backup::put_letters(state::BackupManifest& manifest, const std::stop_token& stop) {
  Known known;
  for (const Letter& letter : letters_) {
    auto before = known_letters_.find(letter.key);
    if (before != known_letters_.end()) {
      manifest.files.push_back(before->second);
      known.insert(known_letters_.extract(before));
      continue;
    }
    const std::string local = io::join_path(pipeline_.checkpoint, letter.path);
    // An old manifest of a sink goes when a new one comes, and people clean up.
    SLUICE_ASSIGN(const auto there, surroundings_.files.find(local));
    if (!there) continue;
    SLUICE_ASSIGN(state::BackupFile file, store_.put_file(local, letter.path, stop));
    manifest.files.push_back(file);
    known.emplace(letter.key, std::move(file));
  }
  known_letters_ = std::move(known);
  return {};
}

Status Backup::put(data::BatchId batch, std::stop_token stop) {
  const auto start = surroundings_.clock.steady();
  const std::string database = io::join_path(copies_, kDatabase);
  if (version_ != put_version_) {
    put_version_.reset();
    SLUICE_ASSIGN(put_database_, store_.put_file(database, kDatabase, stop));
    put_version_ = version_;
    SLUICE_TRY(surroundings_.files.remove(database));
  }
  state::BackupManifest manifest;
  manifest.pipeline = pipeline_.name;
  manifest.batch = batch;
  manifest.time = surroundings_.clock.now();
  manifest.id = id_;
  manifest.files.push_back(put_database_);
  if (has_log_) {
    const std::string log = io::join_path(copies_, kLog);
    SLUICE_ASSIGN(state::BackupFile file, store_.put_file(log, kLog, stop));
    manifest.files.push_back(std::move(file));
    SLUICE_TRY(surroundings_.files.remove(log));
  }
  SLUICE_TRY(put_letters(manifest, stop));
  crash_point("backup.put");
  // A number is used once, whatever becomes of it.
  bool is_there = false;
  while (!is_there) {
    manifest.number = next_number_++;
    SLUICE_ASSIGN(is_there, store_.put(manifest, opened_));
  }
  crash_point("backup.committed");
  const auto took = surroundings_.clock.steady() - start;
  log_debug("backup " + std::to_string(manifest.number) + ": batch=" + std::to_string(batch) +
            " bytes=" + std::to_string(manifest.bytes()) +
            " time_ms=" + std::to_string(took.count() / 1'000'000));
  return store_.prune(pipeline_.backup->keep);
}

}  // namespace sluice::engine
