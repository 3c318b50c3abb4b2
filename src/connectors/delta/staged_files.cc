#include "connectors/delta/staged_files.h"

#include <charconv>
#include <cstdio>

#include "base/json.h"
#include "connector/in_parallel.h"
#include "lake/log_actions.h"
#include "lake/uri.h"

namespace sluice::connectors {
namespace {

/// FNV-1a, 64 bits: names only, no adversary.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

/// What every file system and URL takes as it is; long names are cut, the hash distinguishes them.
std::string plain(std::string_view name) {
  constexpr std::size_t kLengthMax = 40;
  std::string out(name.substr(0, kLengthMax));
  for (char& c : out) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!stays) c = '_';
  }
  return out;
}

}  // namespace

StagedNames::StagedNames(std::string_view pipeline, std::string_view sink) {
  const std::string both = std::string(pipeline) + "/" + std::string(sink);
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(hash_of(both)));
  own_ = plain(pipeline) + "-" + plain(sink) + "-" + hash + "-b";
}

std::string StagedNames::prefix(data::BatchId batch, std::string_view attempt) const {
  return own_ + std::to_string(batch) + "-" + std::string(attempt) + "-" +
         (stamp_.empty() ? "" : stamp_ + "-");
}

std::optional<data::BatchId> StagedNames::batch_of(std::string_view file_name) const {
  if (!file_name.starts_with(own_)) return std::nullopt;
  file_name.remove_prefix(own_.size());
  const std::size_t dash = file_name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string digits(file_name.substr(0, dash));
  const char* end = digits.data() + digits.size();
  data::BatchId batch = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, batch);
  if (error != std::errc() || stop != end || batch < 0) return std::nullopt;
  return batch;
}

std::optional<std::string> StagedNames::mark_of(std::string_view file_name) const {
  if (!batch_of(file_name)) return std::nullopt;
  file_name.remove_prefix(own_.size());
  // After the batch and the attempt; a stamp has a dash inside and one after it.
  std::size_t at = 0;
  for (int part = 0; part < 2; ++part) {
    at = file_name.find('-', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  const std::size_t inside = file_name.find('-', at);
  const std::size_t end =
      inside == std::string_view::npos ? inside : file_name.find('-', inside + 1);
  if (end == std::string_view::npos) return std::nullopt;
  return connector::mark_of_stamp(file_name.substr(at, end - at));
}

bool StagedNames::attempt_begins(std::string_view file_name, std::string_view with) const {
  if (!batch_of(file_name)) return false;
  file_name.remove_prefix(own_.size());
  return file_name.substr(file_name.find('-') + 1).starts_with(with);
}

bool StagedNames::is_compacted(std::string_view file_name) const {
  return attempt_begins(file_name, kCompacted);
}

bool StagedNames::is_rewritten(std::string_view file_name) const {
  return attempt_begins(file_name, kRewritten);
}

std::string write_staged_action(const StagedAction& action) {
  Json json = {{"mode", connector::output_mode_name(action.mode)}, {"adds", action.adds}};
  if (!action.where.empty()) json["where"] = action.where;
  if (!action.deletes.empty()) {
    json["deletes"] = action.deletes;
    json["deleting_rows"] = action.deleting_rows;
  }
  return dump_json(json);
}

Result<StagedAction> read_staged_action(std::string_view json) {
  const Json root = parse_json(json);
  const Error broken = corruption_error("the outbox's delta action cannot be read");
  if (!root.is_object() || !root.contains("mode") || !root.contains("adds")) return broken.clone();
  StagedAction action;
  using connector::OutputMode;
  for (const OutputMode mode : {OutputMode::kComplete, OutputMode::kUpsert}) {
    if (root["mode"] == output_mode_name(mode)) action.mode = mode;
  }
  if (const Json where = root.value("where", Json()); where.is_string()) {
    action.where = where.get<std::string>();
  }
  const auto read_lines = [](const Json& lines, std::vector<std::string>& out) {
    if (!lines.is_array()) return false;
    for (const Json& line : lines) {
      if (!line.is_string()) return false;
      out.push_back(line.get<std::string>());
    }
    return true;
  };
  const bool whole = read_lines(root["adds"], action.adds) &&
                     read_lines(root.value("deletes", Json::array()), action.deletes);
  if (!whole) return broken.clone();
  if (const Json rows = root.value("deleting_rows", Json()); rows.is_number_unsigned()) {
    action.deleting_rows = rows.get<std::uint64_t>();
  }
  return action;
}

Status check_staged_files(const StagedAction& action, const std::string& table_path,
                          io::FileSystem& files) {
  std::vector<std::string> lines = action.adds;
  lines.insert(lines.end(), action.deletes.begin(), action.deletes.end());
  // Requests to a store at a time.
  constexpr std::size_t kLooksMax = 8;
  return connector::in_parallel(lines.size(), kLooksMax, [&](std::size_t i) -> Status {
    SLUICE_ASSIGN(const lake::AddedFile file, lake::read_add_action(lines[i]));
    const std::string path = io::join_path(table_path, lake::decode_path(file.path));
    SLUICE_ASSIGN(const auto info, files.find(path));
    if (info && static_cast<std::int64_t>(info->bytes) == file.bytes) return {};
    return corruption_error("a staged file is gone or has another size: path=" + path + " bytes=" +
                            std::to_string(file.bytes) + "; the batch cannot be published");
  });
}

}  // namespace sluice::connectors
