#include "engine/savepoints.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/control.h"

namespace sluice::engine {
namespace {

/// In a folder of backups there are at most 1000, and pieces in a folder below.
constexpr std::size_t kFilesMax = 100'000;

/// One spelling for each folder.
std::string spelt(const io::FileSystem& files, std::string path) {
  if (files.is_local(path)) {
    std::error_code problem;
    const auto canonical = std::filesystem::weakly_canonical(path, problem);
    if (!problem) path = canonical.string();
  }
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

bool is_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

/// So that nobody's folder of other things is written into.
Result<std::int64_t> next_number(io::FileSystem& files, state::BackupStore& store,
                                 const Backup& backup, const std::string& pipeline) {
  SLUICE_ASSIGN(const auto numbers, store.numbers());
  if (numbers.empty()) {
    SLUICE_ASSIGN(const auto others, files.list(store.folder(), /*recursive=*/false, kFilesMax));
    if (others.empty()) return 0;
    return user_error("path=" + store.folder() +
                      " has other files than backups; name a folder that is empty or not there");
  }
  SLUICE_ASSIGN(const state::BackupManifest newest, store.read(numbers.back()));
  if (newest.pipeline != pipeline) {
    return user_error("E_BACKUP_OWNER: " + store.folder() + " has backups of pipeline '" +
                      newest.pipeline + "', not of '" + pipeline + "'; name another folder");
  }
  if (backup.is_newest(newest.id)) {
    return user_error("path=" + store.folder() +
                      " is the folder of the pipeline's `backup` by another name; leave it out");
  }
  return numbers.back() + 1;
}

}  // namespace

Savepoints::Savepoints(const Pipeline& pipeline, state::Checkpoint& checkpoint,
                       const Surroundings& surroundings, Backup& backup)
    : pipeline_(pipeline),
      checkpoint_(checkpoint),
      surroundings_(surroundings),
      backup_(backup),
      copies_(io::join_path(pipeline.checkpoint, "savepoint")) {}

Savepoints::~Savepoints() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Savepoints::open() {
  Journey(pipeline_, checkpoint_, surroundings_, "", copies_).copy.remove();
}

void Savepoints::between_batches(data::BatchId batch) {
  if (surroundings_.control == nullptr) return;
  auto wish = surroundings_.control->take_wish();
  if (!wish) return;
  const io::FileSystem& files = surroundings_.files;
  const std::string to = wish->to.empty() ? "" : spelt(files, wish->to);
  if (pipeline_.backup && (to.empty() || to == spelt(files, pipeline_.backup->to))) {
    if (!backup_.is_busy()) return backup_.begin_asked(batch, wish->done);
    return surroundings_.control->put_off(*std::move(wish), backup_.is_busy());
  }
  auto begun = at_border("make a savepoint", [&] { return begin(batch, to, *wish); });
  if (begun) return;
  if (!is_on_its_way()) give_up();
  wish->done(std::move(begun).error());
}

void Savepoints::give_up() {
  if (journey_ != nullptr) journey_->copy.remove();
  busy_ = false;
}

Status Savepoints::begin(data::BatchId batch, const std::string& to, const SavepointWish& wish) {
  io::FileSystem& files = surroundings_.files;
  if (to.empty()) {
    return user_error("pipeline '" + pipeline_.name +
                      "' has no `backup` in its file; say where the savepoint goes: --to FOLDER");
  }
  SLUICE_TRY(files.check_path(to));
  if (files.is_local(to) && is_below(to, spelt(files, pipeline_.checkpoint))) {
    return user_error("path=" + to + " lies in the checkpoint, which it is a copy of");
  }
  if (is_on_its_way()) {
    return user_error("another savepoint is on its way; ask again when it is there");
  }
  if (thread_.joinable()) thread_.join();
  journey_ = std::make_unique<Journey>(pipeline_, checkpoint_, surroundings_, to, copies_);
  SLUICE_TRY(journey_->copy.open());
  SLUICE_TRY(journey_->copy.take());
  crash_point("savepoint.copied");
  busy_ = true;
  thread_ = start_thread(
      "savepoint",
      [this, batch, wish](const std::stop_token& stop) { end(wish, send(batch, stop)); },
      [this, wish](Error error) { end(wish, std::move(error)); });
  return {};
}

Result<Savepoint> Savepoints::send(data::BatchId batch, const std::stop_token& stop) {
  const auto start = surroundings_.clock.steady();
  const Micros began = surroundings_.clock.now();
  io::FileSystem& files = surroundings_.files;
  state::BackupStore& store = journey_->store;
  // Like a checkpoint it holds rows, which are not everybody's.
  SLUICE_TRY(files.make_private_folders(store.folder()));
  SLUICE_ASSIGN(std::int64_t number, next_number(files, store, backup_, pipeline_.name));
  SLUICE_ASSIGN(state::BackupManifest manifest, journey_->copy.send(batch, stop));
  bool is_there = false;
  while (!is_there) {
    manifest.number = number++;
    SLUICE_ASSIGN(is_there, store.put(manifest, began));
  }
  crash_point("savepoint.committed");
  const auto took = surroundings_.clock.steady() - start;
  log_info("savepoint: batch=" + std::to_string(batch) + " path=" + store.folder() + " number=" +
           std::to_string(manifest.number) + " bytes=" + std::to_string(manifest.bytes()) +
           " time_ms=" + std::to_string(took.count() / 1'000'000));
  return Savepoint{store.folder(), manifest.number, batch, manifest.bytes()};
}

void Savepoints::end(const SavepointWish& wish, Result<Savepoint> made) {
  journey_->copy.remove();
  if (!made && made.error().kind() != Kind::kCancelled) {
    log_warn("savepoint: " + made.error().message());
  }
  busy_ = false;
  wish.done(std::move(made));
}

}  // namespace sluice::engine
