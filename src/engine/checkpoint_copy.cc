#include "engine/checkpoint_copy.h"

#include <utility>

#include "base/crash_point.h"

namespace sluice::engine {
namespace {

constexpr const char* kDatabase = "state.db";
constexpr const char* kLog = "state.db.wal";
constexpr const char* kLetters = "dead_letter";

}  // namespace

CheckpointCopy::CheckpointCopy(const Pipeline& pipeline, state::Checkpoint& checkpoint,
                               const Surroundings& surroundings, state::BackupStore& store,
                               std::string folder)
    : pipeline_(pipeline),
      checkpoint_(checkpoint),
      surroundings_(surroundings),
      store_(store),
      folder_(std::move(folder)) {}

Status CheckpointCopy::open() { return surroundings_.files.make_folders(folder_); }

Status CheckpointCopy::take() {
  io::FileSystem& files = surroundings_.files;
  id_ = surroundings_.random.uuid();
  SLUICE_ASSIGN(version_, checkpoint_.database_version());
  if (version_ != sent_version_) {
    SLUICE_TRY(checkpoint_.copy_database(io::join_path(folder_, kDatabase)));
  }
  SLUICE_ASSIGN(has_log_, checkpoint_.copy_log(io::join_path(folder_, kLog)));
  const std::string folder = io::join_path(pipeline_.checkpoint, kLetters);
  SLUICE_ASSIGN(const auto listed, files.list(folder, /*recursive=*/true));
  letters_.clear();
  for (const io::FileInfo& file : listed) {
    const std::string path = kLetters + file.path.substr(folder.size());
    letters_.push_back(
        {path, path + "\n" + std::to_string(file.bytes) + "\n" + std::to_string(file.modified)});
  }
  return {};
}

Status CheckpointCopy::send_letters(state::BackupManifest& manifest, const std::stop_token& stop) {
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

Result<state::BackupManifest> CheckpointCopy::send(data::BatchId batch,
                                                   const std::stop_token& stop) {
  const std::string database = io::join_path(folder_, kDatabase);
  if (version_ != sent_version_) {
    sent_version_.reset();
    SLUICE_ASSIGN(sent_database_, store_.put_file(database, kDatabase, stop));
    sent_version_ = version_;
    SLUICE_TRY(surroundings_.files.remove(database));
  }
  state::BackupManifest manifest;
  manifest.pipeline = pipeline_.name;
  manifest.batch = batch;
  manifest.time = surroundings_.clock.now();
  manifest.id = id_;
  manifest.files.push_back(sent_database_);
  if (has_log_) {
    const std::string log = io::join_path(folder_, kLog);
    SLUICE_ASSIGN(state::BackupFile file, store_.put_file(log, kLog, stop));
    manifest.files.push_back(std::move(file));
    SLUICE_TRY(surroundings_.files.remove(log));
  }
  SLUICE_TRY(send_letters(manifest, stop));
  crash_point("backup.put");
  return manifest;
}

void CheckpointCopy::remove() {
  for (const std::string& path :
       {io::join_path(folder_, kDatabase), io::join_path(folder_, kLog), folder_}) {
    static_cast<void>(surroundings_.files.remove(path));
  }
}

}  // namespace sluice::engine
