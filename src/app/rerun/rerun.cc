#include "app/rerun/rerun.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <utility>

#include "app/rehearsal/given_value.h"
#include "app/rehearsal/quiet_source.h"
#include "app/rehearsal/rehearsal.h"
#include "base/content_hash.h"
#include "base/json.h"
#include "base/system_kind.h"

namespace sluice::app {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Nobody looks.
class Unwatched final : public RunListener {
 public:
  void on_start(std::int64_t /*next_batch*/, int /*redone*/) override {}
  void on_batch(const BatchProgress& /*progress*/) override {}
  void on_retry(const std::string& /*what*/, int /*attempt*/, std::int64_t /*pause_ms*/) override {}
};

/// What neither rows nor states depend on. Charts and alerts decide how views are planned.
constexpr std::array<std::string_view, 9> kOtherKeys = {
    "name", "ui", "trigger", "checkpoint", "backup", "engine", "tests", "lint", "notify"};

/// A hash of all that rows depend on, variables with their values and files of functions among it.
std::string version_of(const config::PipelineFile& file) {
  std::string text;
  for (const ConfigValue::Entry& entry : file.tree.entries()) {
    if (std::ranges::find(kOtherKeys, entry.key) != kOtherKeys.end()) continue;
    text += entry.key + ": " + flow_text(entry.value) + "\n";
  }
  for (const config::FunctionEntry& function : file.functions) {
    if (!function.file.empty()) text += content_hash(content_of(function.file)) + "\n";
  }
  return content_hash(text);
}

}  // namespace

Result<std::unique_ptr<Runnable>> once_more(const config::PipelineFile& file,
                                            const std::string& folder) {
  SLUICE_ASSIGN(auto made, make_rehearsal(file, folder));
  engine::Pipeline& again = made->composition.pipeline;
  again.trigger = {engine::Trigger::Kind::kAvailableNow, {}};
  again.watchers.clear();
  for (engine::SourcePart& source : again.sources) {
    source.source = std::make_unique<QuietSource>(std::move(source.source),
                                                  std::numeric_limits<std::int64_t>::max());
  }
  return made;
}

RunListener& listener_or_none(RunListener* listener) {
  static Unwatched unwatched;
  return listener == nullptr ? unwatched : *listener;
}

ShadowNote::ShadowNote(const ShadowPlace& place, const config::PipelineFile& before,
                       const config::PipelineFile& after, std::int64_t next_batch)
    : database_(io::file_identity(place.database).value_or("")),
      before_(version_of(before)),
      after_(version_of(after)),
      next_batch_(next_batch) {}

bool ShadowNote::is_of(const config::PipelineFile& file, const ShadowPlace& place) const {
  return after_ == version_of(file) && database_ == io::file_identity(place.database);
}

std::optional<ShadowNote> ShadowNote::read(const ShadowPlace& place) {
  const Json json = parse_json(content_of(place.note()));
  if (!json.is_object() || json.value("version", 0) != 1) return std::nullopt;
  ShadowNote note;
  note.database_ = json.value("database", "");
  note.before_ = json.value("before", "");
  note.after_ = json.value("after", "");
  note.next_batch_ = json.value("next_batch", std::int64_t{0});
  note.has_read_before_ = json.value("has_read_before", false);
  note.has_read_after_ = json.value("has_read_after", false);
  return note;
}

Status ShadowNote::write(io::FileSystem& files, const ShadowPlace& place) const {
  return files.write_atomic(place.note(),
                            dump_json(OrderedJson{{"version", 1},
                                                  {"next_batch", next_batch_},
                                                  {"database", database_},
                                                  {"before", before_},
                                                  {"after", after_},
                                                  {"has_read_before", has_read_before_},
                                                  {"has_read_after", has_read_after_}}));
}

Result<io::LockFile> lock_shadow(const ShadowPlace& place) {
  std::error_code problem;
  std::filesystem::create_directories(place.folder, problem);
  // As the checkpoint, it holds rows.
  if (!problem) {
    std::filesystem::permissions(place.folder, std::filesystem::perms::owner_all, problem);
  }
  if (problem) {
    return Error(kind_of_errno(problem.value()),
                 "make the folder path=" + place.folder + ": " + problem.message());
  }
  SLUICE_ASSIGN(auto held, io::LockFile::try_acquire(place.lock()));
  if (held) return *std::move(held);
  return Error(Kind::kConflict, "another sluice shadow is at work: path=" + place.folder);
}

}  // namespace sluice::app
