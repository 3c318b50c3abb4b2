#include "lake/log_cleanup.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/crash_point.h"
#include "lake/retention.h"

namespace sluice::lake {
namespace {

constexpr std::chrono::hours kRetentionDefault{24 * 30};
constexpr std::size_t kVersionDigits = 20;

std::optional<std::int64_t> number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// A file of the log by its name (PROTOCOL.md, "File Types").
struct LogFile {
  enum class Kind : unsigned char { kCommit, kCheckpoint, kOther };
  Kind kind = Kind::kOther;
  std::int64_t version = 0;  ///< the last one, of a range
  std::int64_t parts = 1;    ///< of a checkpoint in several files
};

/// Null: none whose age a version says.
std::optional<LogFile> parse_name(std::string_view name) {
  if (name.size() <= kVersionDigits || name[kVersionDigits] != '.') return std::nullopt;
  const auto version = number(name.substr(0, kVersionDigits));
  if (!version) return std::nullopt;
  LogFile file;
  file.version = *version;
  const std::string_view rest = name.substr(kVersionDigits);
  if (rest == ".json") {
    file.kind = LogFile::Kind::kCommit;
  } else if (rest.starts_with(".checkpoint.")) {
    file.kind = LogFile::Kind::kCheckpoint;
    // .checkpoint.0000000001.0000000003.parquet
    const std::string_view parts = rest.substr(std::string_view(".checkpoint.").size());
    if (parts.size() == 10 + 1 + 10 + 8 && number(parts.substr(0, 10))) {
      file.parts = number(parts.substr(11, 10)).value_or(1);
    }
  } else if (rest.ends_with(".compacted.json")) {
    const auto last = number(rest.substr(1, kVersionDigits));
    if (!last) return std::nullopt;
    file.version = *last;
  } else if (rest != ".crc") {
    return std::nullopt;
  }
  return file;
}

/// Versions of checkpoints whose parts are all there.
std::set<std::int64_t> complete_checkpoints(const std::vector<std::pair<LogFile, Micros>>& files) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> there;
  std::set<std::int64_t> versions;
  for (const auto& [file, modified] : files) {
    if (file.kind != LogFile::Kind::kCheckpoint) continue;
    if (++there[{file.version, file.parts}] >= file.parts) versions.insert(file.version);
  }
  return versions;
}

/// The newest commit that was there at that moment; clocks of writers may go back.
std::optional<std::int64_t> newest_commit_at(std::vector<std::pair<LogFile, Micros>> files,
                                             Micros moment) {
  std::ranges::sort(files, {}, [](const auto& file) { return file.first.version; });
  std::optional<std::int64_t> newest;
  for (const auto& [file, modified] : files) {
    if (file.kind != LogFile::Kind::kCommit) continue;
    if (modified > moment) break;
    newest = file.version;
  }
  return newest;
}

}  // namespace

std::vector<std::string> expired_log_files(const std::vector<io::FileInfo>& log, Micros keep_from) {
  const Micros midnight = keep_from - (keep_from % kDay + kDay) % kDay;
  std::vector<std::pair<LogFile, Micros>> known;
  std::map<std::pair<std::int64_t, std::string>, std::string> by_version;
  for (const io::FileInfo& file : log) {
    const std::string name(io::file_name(file.path));
    const auto parsed = file.is_folder ? std::nullopt : parse_name(name);
    if (!parsed) continue;
    known.emplace_back(*parsed, file.modified);
    by_version[{parsed->version, name}] = file.path;
  }
  const auto commit = newest_commit_at(known, midnight);
  if (!commit) return {};
  std::optional<std::int64_t> checkpoint;
  for (const std::int64_t version : complete_checkpoints(known)) {
    if (version <= *commit) checkpoint = version;
  }
  std::vector<std::string> expired;
  for (const auto& [key, path] : by_version) {
    if (checkpoint && key.first < *checkpoint) expired.push_back(path);
  }
  return expired;
}

Result<std::size_t> LogCleaner::run(const TableState& state, const std::string& path,
                                    io::FileSystem& files, Micros now) {
  const auto cleanup = state.configuration.find("delta.enableExpiredLogCleanup");
  if (cleanup != state.configuration.end() && cleanup->second == "false") return 0;
  for (const char* feature : {"checkpointProtection", "catalogManaged"}) {
    if (std::ranges::find(state.features, feature) != state.features.end()) return 0;
  }
  SLUICE_ASSIGN(const auto keep, retention(state, "delta.logRetentionDuration", kRetentionDefault));
  const Micros keep_from = now - keep.count();
  if (keep_from - done_until_ < kDay) return 0;
  SLUICE_ASSIGN(const auto log, files.list(io::join_path(path, "_delta_log"), false));
  const std::vector<std::string> expired = expired_log_files(log, keep_from);
  const std::size_t count = std::min(expired.size(), kFilesMax);
  for (std::size_t i = 0; i < count; ++i) {
    SLUICE_TRY(files.remove(expired[i]));
    crash_point("delta.log_cleaned");
  }
  if (count == expired.size()) done_until_ = keep_from - (keep_from % kDay + kDay) % kDay;
  return count;
}

}  // namespace sluice::lake
