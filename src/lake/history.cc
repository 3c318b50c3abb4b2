#include "lake/history.h"

#include <algorithm>
#include <functional>

#include "base/json.h"
#include "lake/commit_entry.h"
#include "lake/each_action.h"
#include "lake/uri.h"
#include "lake/vector_path.h"

namespace sluice::lake {
namespace {

std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

std::vector<std::pair<std::string, std::string>> pairs(const Json& info, const char* key) {
  std::vector<std::pair<std::string, std::string>> out;
  const Json object = info.value(key, Json::object());
  if (!object.is_object()) return out;
  for (const auto& [name, value] : object.items()) out.emplace_back(name, plain_text(value));
  return out;
}

HistoryEntry read_info(std::int64_t version, const Json& info) {
  HistoryEntry out;
  out.version = version;
  for (const char* key : {"timestamp", "inCommitTimestamp"}) {
    if (const Json time = info.value(key, Json()); time.is_number_integer()) {
      out.timestamp_ms = time.get<std::int64_t>();
    }
  }
  out.operation = info.value("operation", "");
  out.engine = info.value("engineInfo", "");
  if (info.contains("userMetadata")) out.user_metadata = plain_text(info["userMetadata"]);
  out.parameters = pairs(info, "operationParameters");
  out.metrics = pairs(info, "operationMetrics");
  return out;
}

/// Newest first, until `visit` says false or the log ends; false when it has ended so.
Result<bool> each_entry(
    Table& table,
    const std::function<Result<bool>(const HistoryEntry&, const std::string&)>& visit) {
  for (std::int64_t version = table.state().version; version >= 0; --version) {
    SLUICE_ASSIGN(const std::optional<std::string> entry, table.log_entry(version));
    if (!entry) return false;
    HistoryEntry info;
    info.version = version;
    SLUICE_TRY(
        each_action(*entry, {"commitInfo"}, [&](const std::string&, const Json& found) -> Status {
          if (found.is_object()) info = read_info(version, found);
          return {};
        }));
    SLUICE_ASSIGN(const bool further, visit(info, *entry));
    if (!further) return true;
  }
  return true;
}

Error too_old() {
  return user_error(
      "the table's log does not reach back so far (delta.logRetentionDuration); choose a later "
      "moment");
}

}  // namespace

Result<std::vector<HistoryEntry>> history(Table& table, std::size_t limit) {
  std::vector<HistoryEntry> out;
  SLUICE_TRY(each_entry(table, [&](const HistoryEntry& info, const std::string&) -> Result<bool> {
    if (out.size() < limit) out.push_back(info);
    return out.size() < limit;
  }));
  return out;
}

Result<std::int64_t> version_at(Table& table, std::int64_t timestamp_ms) {
  std::optional<std::int64_t> found;
  SLUICE_TRY(each_entry(table, [&](const HistoryEntry& info, const std::string&) -> Result<bool> {
    if (info.timestamp_ms != 0 && info.timestamp_ms <= timestamp_ms) found = info.version;
    return !found;
  }));
  if (!found) return too_old();
  return *found;
}

Result<std::set<std::string>> needed_since(Table& table, std::int64_t timestamp_ms) {
  std::set<std::string> paths;
  SLUICE_ASSIGN(
      const bool whole,
      each_entry(table, [&](const HistoryEntry& info, const std::string& text) -> Result<bool> {
        if (info.timestamp_ms != 0 && info.timestamp_ms < timestamp_ms) return false;
        SLUICE_ASSIGN(const CommitEntry entry, parse_commit_entry(text));
        for (const FileAction& file : entry.removes) {
          paths.insert(located_path(file.path));
          if (file.deletion_vector.empty()) continue;
          SLUICE_ASSIGN(const auto vector, vector_path(file.deletion_vector));
          if (vector) paths.insert(*vector);
        }
        for (const FileAction& file : entry.changes) paths.insert(located_path(file.path));
        return true;
      }));
  if (!whole) return too_old();
  return paths;
}

}  // namespace sluice::lake
