#include "connectors/cassandra/scan_progress.h"

#include "base/json.h"

namespace sluice::connectors::cassandra {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xfU];
  }
  return text;
}

std::optional<std::string> unhex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = kDigits.find(text[i]);
    const std::size_t low = kDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::optional<ScanProgress> parse(const std::string& text) {
  const Json json = parse_json(text);
  if (!json.is_object()) return std::nullopt;
  ScanProgress progress;
  for (const auto& [key, number] :
       {std::pair{"scan", &progress.scan}, std::pair{"started", &progress.started},
        std::pair{"records", &progress.records}}) {
    if (!json.contains(key) || !json[key].is_number_integer()) return std::nullopt;
    *number = json[key].get<std::int64_t>();
  }
  for (const auto& [key, number] :
       {std::pair{"high", &progress.high}, std::pair{"scan_high", &progress.scan_high}}) {
    if (!json.contains(key)) continue;
    if (!json[key].is_number_integer()) return std::nullopt;
    *number = json[key].get<std::int64_t>();
  }
  if (!json.contains("plan") || !json["plan"].is_string()) return std::nullopt;
  progress.plan = json["plan"].get<std::string>();
  if (json.contains("read")) {
    if (!json["read"].is_string()) return std::nullopt;
    progress.read = json["read"].get<std::string>();
  }
  if (json.contains("growing")) {
    if (!json["growing"].is_string()) return std::nullopt;
    progress.growing = json["growing"].get<std::string>();
  }
  if (!json.contains("left") || !json["left"].is_array()) return std::nullopt;
  for (const Json& range : json["left"]) {
    if (!range.is_array() || range.size() != 2 || !range[0].is_number_unsigned() ||
        !range[1].is_string()) {
      return std::nullopt;
    }
    auto position = unhex(range[1].get<std::string>());
    if (!position) return std::nullopt;
    progress.left[range[0].get<std::uint32_t>()] = *std::move(position);
  }
  return progress;
}

}  // namespace

std::string ScanProgress::to_json() const {
  Json json = {{"plan", plan}, {"scan", scan}, {"started", started}, {"records", records}};
  if (!read.empty()) json["read"] = read;
  if (growing) json["growing"] = *growing;
  if (high) json["high"] = *high;
  if (scan_high) json["scan_high"] = *scan_high;
  json["left"] = Json::array();
  for (const auto& [index, position] : left) {
    json["left"].push_back(Json::array({index, hex(position)}));
  }
  return dump_json(json);
}

Result<std::optional<ScanProgress>> ScanProgress::load(io::FileSystem& files,
                                                       const std::string& path) {
  SLUICE_ASSIGN(const auto found, files.find(path));
  if (!found) return std::optional<ScanProgress>();
  SLUICE_ASSIGN(const std::string text, files.read(path));
  auto progress = parse(text);
  if (progress) return progress;
  return corruption_error(
      "the file says nothing of a scan path=" + path +
      "; put it back from a copy of the checkpoint's folder, or start over with "
      "a new checkpoint");
}

}  // namespace sluice::connectors::cassandra
