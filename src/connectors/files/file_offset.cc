#include "connectors/files/file_offset.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include <nlohmann/json.hpp>

namespace sluice::connectors {
namespace {

using Json = nlohmann::ordered_json;

Json file_json(const SourceFile& file) {
  return Json::array({file.name, file.bytes, file.modified});
}

std::optional<SourceFile> parse_file(const Json& json) {
  if (!json.is_array() || json.size() != 3 || !json[0].is_string() ||
      !json[1].is_number_unsigned() || !json[2].is_number_integer()) {
    return std::nullopt;
  }
  return SourceFile{json[0].get<std::string>(), json[1].get<std::uint64_t>(),
                    json[2].get<Micros>()};
}

std::optional<OpenFile> parse_open(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"bytes", "position", "line"}) {
    if (!json.value(key, Json()).is_number_unsigned()) return std::nullopt;
  }
  if (!json.value("file", Json()).is_string() ||
      !json.value("modified", Json()).is_number_integer()) {
    return std::nullopt;
  }
  OpenFile open;
  open.file = {json["file"].get<std::string>(), json["bytes"].get<std::uint64_t>(),
               json["modified"].get<Micros>()};
  open.position = json["position"].get<std::uint64_t>();
  open.line = json["line"].get<std::int64_t>();
  return open;
}

std::optional<FileOffset> parse_json(const Json& json) {
  if (!json.is_object() || !json.value("files", Json()).is_number_integer() ||
      !json.value("seen", Json()).is_array()) {
    return std::nullopt;
  }
  FileOffset result;
  result.files = json["files"].get<std::int64_t>();
  for (const Json& entry : json["seen"]) {
    auto file = parse_file(entry);
    if (!file) return std::nullopt;
    result.seen.push_back(*std::move(file));
  }
  if (json.contains("before")) {
    result.before = parse_file(json["before"]);
    if (!result.before) return std::nullopt;
  }
  if (json.contains("open")) {
    result.open = parse_open(json["open"]);
    if (!result.open) return std::nullopt;
  }
  return result;
}

}  // namespace

std::vector<SourceFile> FileOffset::unread(const std::vector<SourceFile>& listed,
                                           FileOrder order) const {
  std::unordered_set<std::string_view> names;
  for (const SourceFile& file : seen) names.insert(file.name);
  std::vector<SourceFile> result;
  for (const SourceFile& file : listed) {
    const bool is_folded = before && !reads_before(*before, file, order);
    if (!is_folded && !names.contains(file.name)) result.push_back(file);
  }
  return result;
}

std::int64_t FileOffset::passed_over(const std::vector<SourceFile>& listed, FileOrder order) const {
  if (!before) return 0;
  const auto there = std::ranges::count_if(
      listed, [&](const SourceFile& file) { return !reads_before(*before, file, order); });
  return std::max<std::int64_t>(0, there - (files - static_cast<std::int64_t>(seen.size())));
}

void FileOffset::finish(const SourceFile& file) {
  seen.push_back(file);
  ++files;
}

void FileOffset::fold(const SourceFile* unread, FileOrder order) {
  if (seen.size() <= kSeenMax) return;
  auto sorted = seen;
  std::ranges::sort(sorted, [order](const SourceFile& a, const SourceFile& b) {
    return reads_before(a, b, order);
  });
  // The place to fold at: the middle, or as far as nothing unread comes before.
  std::size_t count = sorted.size() - kSeenMax / 2;
  while (count > 0 && unread != nullptr && !reads_before(sorted[count - 1], *unread, order))
    --count;
  if (count == 0) return;
  if (!before || reads_before(*before, sorted[count - 1], order)) before = sorted[count - 1];
  std::erase_if(seen, [&](const SourceFile& file) { return !reads_before(*before, file, order); });
}

data::Offset FileOffset::to_offset() const {
  Json json = {{"files", files}, {"seen", Json::array()}};
  for (const SourceFile& file : seen) json["seen"].push_back(file_json(file));
  if (before) json["before"] = file_json(*before);
  if (open) {
    json["open"] = {{"file", open->file.name},
                    {"bytes", open->file.bytes},
                    {"modified", open->file.modified},
                    {"position", open->position},
                    {"line", open->line}};
  }
  return {json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)};
}

Result<FileOffset> FileOffset::parse(const data::Offset& offset) {
  const Json json = Json::parse(offset.json, nullptr, /*allow_exceptions=*/false);
  auto parsed = parse_json(json);
  if (!parsed) {
    return corruption_error("not an offset of a stream of files: " + offset.json.substr(0, 200));
  }
  return *std::move(parsed);
}

}  // namespace sluice::connectors
