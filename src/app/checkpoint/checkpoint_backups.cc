#include <algorithm>
#include <filesystem>
#include <memory>
#include <ranges>
#include <system_error>

#include "app/composition/composition.h"
#include "app/composition/stores.h"
#include "base/border.h"
#include "base/crash_point.h"
#include "base/random.h"
#include "config/pipeline_file.h"
#include "config/variables.h"
#include "engine/replays.h"
#include "sluice/checkpoint.h"
#include "state/backup_store.h"
#include "state/checkpoint.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<io::FileSystem>> open_files(const std::string& pipeline_file) {
  if (pipeline_file.empty()) return app::make_file_system();
  const connector::Registry registry = app::all_connectors();
  SLUICE_ASSIGN(const config::PipelineFile file,
                config::read_pipeline_file(pipeline_file, app::known_kinds(registry),
                                           config::system_variables({})));
  return app::make_file_system(file);
}

CheckpointBackup described(const state::BackupManifest& manifest) {
  return {manifest.number, manifest.pipeline, manifest.batch, manifest.time, manifest.bytes()};
}

Status refuse_what_is_there(const std::string& to) {
  if (to.find("://") != std::string::npos) {
    return user_error("the checkpoint must be a folder of this machine, not '" + to + "'");
  }
  std::error_code problem;
  if (!fs::exists(to, problem)) return {};
  if (fs::is_directory(to, problem) && fs::is_empty(to, problem)) return {};
  return user_error("path=" + to +
                    " is not empty; a checkpoint is restored into a folder of its "
                    "own: name another one, or move this one elsewhere");
}

Result<std::int64_t> chosen(state::BackupStore& store, std::int64_t number) {
  SLUICE_ASSIGN(const auto numbers, store.numbers());
  if (numbers.empty()) {
    return user_error("E_NO_BACKUP: there is no backup of a checkpoint: path=" + store.folder());
  }
  if (number < 0) return numbers.back();
  if (std::ranges::find(numbers, number) != numbers.end()) return number;
  return user_error("E_NO_BACKUP: backup " + std::to_string(number) +
                    " is not there: path=" + store.folder() + "; there are " +
                    std::to_string(numbers.front()) + " to " + std::to_string(numbers.back()));
}

Status fetch_all(state::BackupStore& store, const state::BackupManifest& manifest,
                 const std::string& folder) {
  for (const state::BackupFile& file : manifest.files) {
    SLUICE_TRY(store.fetch(file, io::join_path(folder, file.path)));
    crash_point("restore.file");
  }
  return {};
}

}  // namespace

Result<std::vector<CheckpointBackup>> list_backups(const std::string& from,
                                                   const std::string& pipeline_file) {
  return at_border("list the backups", [&]() -> Result<std::vector<CheckpointBackup>> {
    SLUICE_ASSIGN(const auto files, open_files(pipeline_file));
    state::BackupStore store(*files, app::without_slashes(from));
    SLUICE_ASSIGN(const auto numbers, store.numbers());
    std::vector<CheckpointBackup> backups;
    for (const std::int64_t number : std::views::reverse(numbers)) {
      SLUICE_ASSIGN(const state::BackupManifest manifest, store.read(number));
      backups.push_back(described(manifest));
    }
    return backups;
  });
}

Result<CheckpointBackup> restore_checkpoint(const std::string& from, const std::string& to,
                                            std::int64_t number, const std::string& pipeline_file) {
  return at_border("restore the checkpoint", [&]() -> Result<CheckpointBackup> {
    const std::string target = app::without_slashes(to);
    SLUICE_TRY(refuse_what_is_there(target));
    SLUICE_ASSIGN(const auto files, open_files(pipeline_file));
    state::BackupStore store(*files, app::without_slashes(from));
    SLUICE_ASSIGN(const std::int64_t wanted, chosen(store, number));
    SLUICE_ASSIGN(const state::BackupManifest manifest, store.read(wanted));
    // Beside it, under a name that no pipeline uses: half a checkpoint must not look like one.
    SystemRandom random;
    const std::string part = target + ".restoring-" + random.uuid().substr(0, 8);
    std::error_code problem;
    SLUICE_TRY(files->make_private_folders(part));
    // A folder that was there keeps its rights.
    if (const fs::file_status there = fs::status(target, problem); fs::exists(there)) {
      fs::permissions(part, there.permissions(), problem);
    }
    if (auto fetched = fetch_all(store, manifest, part); !fetched) {
      fs::remove_all(part, problem);
      return std::move(fetched).error();
    }
    fs::rename(part, target, problem);
    if (problem) {
      const std::string reason = problem.message();
      fs::remove_all(part, problem);
      return user_error("cannot put the checkpoint in place path=" + target + ": " + reason);
    }
    SLUICE_TRY(files->sync(io::parent_folder(target)));
    return described(manifest);
  });
}

Status forget_source(const std::string& checkpoint, const std::string& source) {
  return at_border("forget the source", [&]() -> Status {
    const std::string folder = app::without_slashes(checkpoint);
    std::error_code problem;
    if (!fs::exists(folder + "/state.db", problem)) {
      return user_error("there is no checkpoint: path=" + folder);
    }
    const auto files = app::make_file_system();
    SLUICE_ASSIGN(const auto opened, state::Checkpoint::open(folder, "", *files, {}));
    SLUICE_ASSIGN(const state::Position position, opened->position());
    if (position.offsets.contains(source)) {
      // A source that starts again reads these records itself.
      SLUICE_TRY(engine::forget_requests(*opened, *files, folder, source));
      return opened->forget_source(source);
    }
    std::string names;
    for (const auto& [name, offset] : position.offsets) {
      names += (names.empty() ? "" : ", ") + name;
    }
    return user_error("the checkpoint path=" + folder + " has no source '" + source +
                      "'; it has: " + (names.empty() ? "none" : names));
  });
}

}  // namespace sluice
