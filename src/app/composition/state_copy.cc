#include "app/composition/state_copy.h"

#include <filesystem>

namespace sluice::app {
namespace {

constexpr int kTriesMax = 20;

struct Age {
  std::uintmax_t bytes = 0;
  std::filesystem::file_time_type changed;
  bool operator==(const Age&) const = default;
};

Age age_of(const std::string& path) {
  std::error_code missing;
  Age age;
  age.bytes = std::filesystem::file_size(path, missing);
  age.changed = std::filesystem::last_write_time(path, missing);
  return age;
}

}  // namespace

Result<std::string> copy_state(const std::string& from, const std::string& to) {
  const std::string database = from + "/state.db";
  const std::string log = database + ".wal";
  // Not state.db: SQL would not distinguish the database from its schema "state".
  const std::string copy = to + "/checkpoint.db";
  std::error_code failed;
  if (!std::filesystem::exists(database, failed)) {
    return user_error("there is no checkpoint: path=" + from);
  }
  // Commits go to the end of the log. The database itself changes only when the log is folded into
  // it, which shows in its time: then the two copies may not belong together.
  for (int i = 0; i < kTriesMax; ++i) {
    const Age before = age_of(database);
    std::filesystem::copy_file(database, copy, std::filesystem::copy_options::overwrite_existing,
                               failed);
    if (failed) break;
    std::filesystem::remove(copy + ".wal", failed);
    if (std::filesystem::exists(log)) {
      std::filesystem::copy_file(log, copy + ".wal", failed);
      if (failed) continue;  // folded in this moment
    }
    if (age_of(database) == before) return copy;
  }
  return transient_error("the checkpoint cannot be copied: path=" + from +
                         (failed ? ": " + failed.message() : ": it changes all the time"));
}

Result<std::unique_ptr<state::Checkpoint>> open_copy(const std::string& from, const std::string& to,
                                                     io::FileSystem& files) {
  SLUICE_ASSIGN(const std::string copy, copy_state(from, to));
  // As the checkpoint calls its database.
  for (const char* ending : {"", ".wal"}) {
    std::error_code missing;
    std::filesystem::rename(copy + ending, to + "/state.db" + ending, missing);
  }
  return state::Checkpoint::open(to, "", files, {});
}

}  // namespace sluice::app
