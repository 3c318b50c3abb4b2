#include "connectors/files/manifest.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"

namespace sluice::connectors {
namespace {

constexpr std::size_t kDigits = 11;
constexpr std::string_view kEnding = ".manifest";
constexpr std::string_view kOldEnding = ".json";

constexpr std::string_view kClaimEnding = ".claim";

std::string numbered(std::int64_t number, std::string_view ending) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return digits + std::string(ending);
}

std::int64_t number_of(std::string_view file_name, std::string_view ending) {
  if (!file_name.ends_with(ending)) return -1;
  file_name.remove_suffix(ending.size());
  std::int64_t number = -1;
  const auto* end = file_name.data() + file_name.size();
  const auto [stopped, problem] = std::from_chars(file_name.data(), end, number);
  return file_name.size() >= kDigits && problem == std::errc() && stopped == end ? number : -1;
}

/// Never throws on bytes that are not UTF-8: it replaces them.
std::string dumped(const OrderedJson& json) { return dump_json(json, 1) + "\n"; }

bool has_manifest_shape(const OrderedJson& json) {
  if (!json.is_object() || !json.value("files", OrderedJson()).is_array()) return false;
  if (!json.value("batch", OrderedJson()).is_number_integer()) return false;
  for (const char* key : {"plan_hash", "mode", "columns"}) {
    if (!json.contains(key) || !json[key].is_string()) return false;
  }
  return std::ranges::all_of(json["files"], [](const OrderedJson& file) {
    return file.is_object() && file.value("path", OrderedJson()).is_string() &&
           file.value("bytes", OrderedJson()).is_number_unsigned() &&
           file.value("rows", OrderedJson()).is_number_unsigned();
  });
}

}  // namespace

std::string manifest_json(const Manifest& manifest) {
  OrderedJson files = OrderedJson::array();
  std::uint64_t rows = 0;
  for (const ManifestFile& file : manifest.files) {
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"rows", file.rows}});
    rows += file.rows;
  }
  OrderedJson json = {{"format", 1},
                      {"batch", manifest.batch},
                      {"plan_hash", manifest.plan_hash},
                      {"mode", manifest.mode},
                      {"columns", manifest.columns},
                      {"rows", rows},
                      {"files", std::move(files)}};
  if (!manifest.staging.empty()) json["staging"] = manifest.staging;
  if (!manifest.notes.empty()) {
    OrderedJson notes = parse_ordered_json(manifest.notes);
    json["notes"] = notes.is_discarded() ? OrderedJson(manifest.notes) : std::move(notes);
  }
  return dumped(json);
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view path) {
  const OrderedJson json = parse_ordered_json(text);
  if (!has_manifest_shape(json)) {
    return corruption_error("not a manifest of a batch path=" + std::string(path) +
                            "; docs/format/files.md says what it should hold");
  }
  Manifest manifest;
  manifest.batch = json["batch"].get<data::BatchId>();
  manifest.plan_hash = json["plan_hash"].get<std::string>();
  manifest.mode = json["mode"].get<std::string>();
  manifest.columns = json["columns"].get<std::string>();
  if (const OrderedJson staging = json.value("staging", OrderedJson()); staging.is_string()) {
    manifest.staging = staging.get<std::string>();
  }
  if (json.contains("notes")) manifest.notes = dump_json(json["notes"]);
  for (const OrderedJson& file : json["files"]) {
    manifest.files.push_back({file["path"].get<std::string>(), file["bytes"].get<std::uint64_t>(),
                              file["rows"].get<std::uint64_t>()});
  }
  return manifest;
}

std::string manifest_name(data::BatchId batch) { return numbered(batch, kEnding); }

data::BatchId manifest_batch(std::string_view file_name) { return number_of(file_name, kEnding); }

data::BatchId old_manifest_batch(std::string_view file_name) {
  return number_of(file_name, kOldEnding);
}

std::string claim_name(std::int64_t epoch) { return numbered(epoch, kClaimEnding); }

std::int64_t claim_epoch(std::string_view file_name) { return number_of(file_name, kClaimEnding); }

}  // namespace sluice::connectors
