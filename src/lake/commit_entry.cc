#include "lake/commit_entry.h"

#include <algorithm>

#include "base/json.h"
#include "lake/each_action.h"

namespace sluice::lake {
namespace {

Error bad_entry(const std::string& what) {
  return corruption_error("the Delta log entry cannot be read: " + what);
}

std::int64_t number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<std::int64_t> rows_of(const Json& json) {
  const auto text = json.find("stats");
  if (text == json.end() || !text->is_string()) return std::nullopt;
  const Json stats = parse_json(text->get_ref<const std::string&>());
  if (!stats.is_object()) return std::nullopt;
  const auto rows = stats.find("numRecords");
  if (rows == stats.end() || !rows->is_number_integer()) return std::nullopt;
  return rows->get<std::int64_t>();
}

Result<FileAction> file_action(const Json& json) {
  if (!json.is_object() || !json.contains("path") || !json["path"].is_string()) {
    return bad_entry("a file without a path");
  }
  FileAction file;
  file.path = json["path"].get<std::string>();
  file.bytes = number_of(json, "size");
  file.modified_ms = number_of(json, "modificationTime");
  file.rows = rows_of(json);
  const auto change = json.find("dataChange");
  file.data_change = change == json.end() || !change->is_boolean() || change->get<bool>();
  if (const auto values = json.find("partitionValues");
      values != json.end() && values->is_object()) {
    for (const auto& [name, value] : values->items()) {
      if (value.is_string()) file.partition_values[name] = value.get<std::string>();
    }
  }
  if (const auto vector = json.find("deletionVector");
      vector != json.end() && vector->is_object()) {
    file.deletion_vector = vector->dump();
  }
  return file;
}

Status read_action(const std::string& kind, const Json& body, CommitEntry& entry) {
  std::vector<FileAction>* files = kind == "add"      ? &entry.adds
                                   : kind == "remove" ? &entry.removes
                                   : kind == "cdc"    ? &entry.changes
                                                      : nullptr;
  if (files != nullptr) {
    SLUICE_ASSIGN(files->emplace_back(), file_action(body));
  } else if (kind == "metaData") {
    entry.has_metadata = true;
  } else if (kind == "protocol") {
    entry.has_protocol = true;
  } else if (kind == "commitInfo" && body.is_object()) {
    entry.operation = body.value("operation", Json()).is_string()
                          ? body["operation"].get<std::string>()
                          : std::string();
    if (const std::int64_t time = number_of(body, "inCommitTimestamp"); time > 0) {
      entry.timestamp_ms = time;
    }
  }
  return {};
}

}  // namespace

Result<CommitEntry> parse_commit_entry(std::string_view text) {
  CommitEntry entry;
  SLUICE_TRY(each_action(text, {}, [&entry](const std::string& kind, const Json& body) {
    return read_action(kind, body, entry);
  }));
  return entry;
}

}  // namespace sluice::lake
