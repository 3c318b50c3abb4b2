#include "connectors/files/file_offset.h"

#include <utility>

#include "base/json.h"

namespace sluice::connectors {
namespace {

OrderedJson file_json(const SourceFile& file) {
  return OrderedJson::array({file.name, file.bytes, file.modified});
}

std::optional<SourceFile> parse_file(const OrderedJson& json) {
  if (!json.is_array() || json.size() != 3 || !json[0].is_string() ||
      !json[1].is_number_unsigned() || !json[2].is_number_integer()) {
    return std::nullopt;
  }
  return SourceFile{json[0].get<std::string>(), json[1].get<std::uint64_t>(),
                    json[2].get<Micros>()};
}

std::optional<OpenFile> parse_open(const OrderedJson& json) {
  if (!json.is_object()) return std::nullopt;
  for (const char* key : {"bytes", "position", "line"}) {
    if (!json.value(key, OrderedJson()).is_number_unsigned()) return std::nullopt;
  }
  if (!json.value("file", OrderedJson()).is_string() ||
      !json.value("modified", OrderedJson()).is_number_integer()) {
    return std::nullopt;
  }
  OpenFile open;
  open.file = {json["file"].get<std::string>(), json["bytes"].get<std::uint64_t>(),
               json["modified"].get<Micros>()};
  open.position = json["position"].get<std::uint64_t>();
  open.line = json["line"].get<std::int64_t>();
  return open;
}

bool parse_moved(const OrderedJson& json, std::vector<MovedFolder>& moved) {
  for (const OrderedJson& pair : json) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
      return false;
    }
    moved.push_back({pair[0].get<std::string>(), pair[1].get<std::string>()});
  }
  return true;
}

std::optional<FileOffset> offset_of(const OrderedJson& json) {
  if (!json.is_object() || !json.value("files", OrderedJson()).is_number_integer())
    return std::nullopt;
  FileOffset result;
  result.files = json["files"].get<std::int64_t>();
  const bool has_root = json.contains("root");
  if (has_root) {
    if (!json["root"].is_string() || !json.value("logged", OrderedJson()).is_number_integer() ||
        !parse_moved(json.value("moved", OrderedJson::array()), result.moved)) {
      return std::nullopt;
    }
    result.root = json["root"].get<std::string>();
    result.logged = json["logged"].get<std::int64_t>();
  }
  const OrderedJson names = json.value(has_root ? "newest" : "seen", OrderedJson());
  if (!names.is_array()) return std::nullopt;
  for (const OrderedJson& entry : names) {
    auto file = parse_file(entry);
    if (!file) return std::nullopt;
    result.seen.push_back(*std::move(file));
  }
  if (!has_root && json.contains("before")) {
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

std::optional<std::string> below(std::string_view folder, std::string_view path) {
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!folder.ends_with('/')) {
    if (!path.starts_with('/')) return std::nullopt;
    path.remove_prefix(1);
  }
  return std::string(path);
}

std::string FileOffset::known_as(std::string_view name) const {
  const std::string path = io::join_path(root, name);
  for (const MovedFolder& folder : moved) {
    if (const auto rest = below(folder.to, path)) return io::join_path(folder.from, *rest);
  }
  return path;
}

void FileOffset::finish(const SourceFile& file) {
  seen.push_back(file);
  ++files;
}

std::vector<SourceFile> FileOffset::fold(std::size_t kept) {
  if (seen.size() <= kept) return {};
  const auto end = seen.end() - static_cast<std::ptrdiff_t>(kept);
  std::vector<SourceFile> folded(std::make_move_iterator(seen.begin()),
                                 std::make_move_iterator(end));
  seen.erase(seen.begin(), end);
  logged += static_cast<std::int64_t>(folded.size());
  return folded;
}

data::Offset FileOffset::to_offset() const {
  OrderedJson json = {
      {"root", root}, {"files", files}, {"logged", logged}, {"newest", OrderedJson::array()}};
  for (const SourceFile& file : seen) json["newest"].push_back(file_json(file));
  for (const MovedFolder& folder : moved) {
    json["moved"].push_back(OrderedJson::array({folder.to, folder.from}));
  }
  if (open) {
    json["open"] = {{"file", open->file.name},
                    {"bytes", open->file.bytes},
                    {"modified", open->file.modified},
                    {"position", open->position},
                    {"line", open->line}};
  }
  return {dump_json(json)};
}

Result<FileOffset> FileOffset::parse(const data::Offset& offset) {
  const OrderedJson json = parse_ordered_json(offset.json);
  auto parsed = offset_of(json);
  if (!parsed) {
    return corruption_error("not an offset of a stream of files: " + offset.json.substr(0, 200));
  }
  return *std::move(parsed);
}

}  // namespace sluice::connectors
