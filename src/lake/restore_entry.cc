#include "lake/restore_entry.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "lake/readable.h"

namespace sluice::lake {
namespace {

constexpr const char* kTimes = "delta.enableInCommitTimestamps";
/// Properties that stay as they are: since when commits carry their time, and which column ids
/// were ever given.
constexpr const char* kKeptProperties[] = {kTimes, "delta.inCommitTimestampEnablementVersion",
                                           "delta.inCommitTimestampEnablementTimestamp",
                                           "delta.columnMapping.maxColumnId"};

std::set<std::string> identities(const std::vector<DataFile>& files) {
  std::set<std::string> out;
  for (const DataFile& file : files) out.insert(file.identity());
  return out;
}

std::vector<DataFile> without(const std::vector<DataFile>& files,
                              const std::set<std::string>& others) {
  std::vector<DataFile> out;
  for (const DataFile& file : files) {
    if (!others.contains(file.identity())) out.push_back(file);
  }
  return out;
}

Status check_protocol(const TableState& now, const TableState& then) {
  for (const std::string& feature : then.features) {
    if (std::ranges::find(now.features, feature) != now.features.end()) continue;
    return user_error("the table has had the feature " + feature +
                      " in the older version and has lost it since; restore with the table's own "
                      "engine");
  }
  for (const char* feature : {"rowTracking", "catalogManaged"}) {
    if (std::ranges::find(now.features, feature) == now.features.end()) continue;
    return user_error(std::string("the table has the feature ") + feature +
                      ", which sluice cannot restore; restore with the table's own engine");
  }
  return {};
}

Json partition_values(const DataFile& file, const TableState& state) {
  Json out = Json::object();
  const std::vector<data::StoredColumn> stored = stored_columns(state);
  for (const std::string& name : state.partition_by) {
    const int column = state.schema.columns.find(name);
    const bool mapped = column >= 0 && !stored.empty();
    const std::string key = mapped ? stored[static_cast<std::size_t>(column)].name : name;
    const auto value = file.partition_values.find(key);
    out[key] = value == file.partition_values.end() ? Json() : Json(value->second);
  }
  return out;
}

/// What add and remove actions have in common.
Json file_action(const DataFile& file, const TableState& state) {
  Json action = {{"path", file.path},
                 {"partitionValues", partition_values(file, state)},
                 {"size", file.bytes},
                 {"dataChange", true}};
  if (!file.deletion_vector.empty()) {
    action["deletionVector"] = parse_json(file.deletion_vector);
  }
  if (!file.stats.empty()) action["stats"] = file.stats;
  return action;
}

Json commit_info(const Restoration& what, const TableState& now, const std::string& engine,
                 std::int64_t time_ms) {
  Json info = {{"timestamp", time_ms},
               {"operation", "RESTORE"},
               {"operationParameters", {{"version", std::to_string(what.version)}}},
               {"operationMetrics",
                {{"numRemovedFiles", std::to_string(what.removes.size())},
                 {"numRestoredFiles", std::to_string(what.adds.size())}}},
               {"readVersion", now.version},
               {"isolationLevel", "Serializable"},
               {"isBlindAppend", false},
               {"engineInfo", engine}};
  if (!what.txn_id.empty()) info["txnId"] = what.txn_id;
  const auto times = now.configuration.find(kTimes);
  if (times != now.configuration.end() && times->second == "true") {
    info["inCommitTimestamp"] = time_ms;
  }
  return info;
}

std::string line(const char* name, Json action) {
  return dump_json(Json{{name, std::move(action)}}) + "\n";
}

}  // namespace

Result<Restoration> restoration(const TableState& now, const std::vector<DataFile>& files_now,
                                const TableState& then, const std::vector<DataFile>& files_then) {
  SLUICE_TRY(check_protocol(now, then));
  Restoration out;
  out.version = then.version;
  out.removes = without(files_now, identities(files_then));
  out.adds = without(files_then, identities(files_now));
  const Json current = parse_json(now.metadata_json);
  Json older = parse_json(then.metadata_json);
  if (!current.is_object() || !older.is_object()) {
    return corruption_error("the table's metadata is not a JSON object");
  }
  older["id"] = current["id"];
  for (const char* property : kKeptProperties) {
    older["configuration"].erase(property);
    if (const auto kept = now.configuration.find(property); kept != now.configuration.end()) {
      older["configuration"][property] = kept->second;
    }
  }
  if (older == current) return out;
  if (mapping_mode(now) != mapping_mode(then)) {
    return user_error("the table's column mapping mode has changed since that version (" +
                      mapping_mode(then) + " to " + mapping_mode(now) +
                      "); restore with the table's own engine");
  }
  if (std::ranges::find(now.features, "clustering") != now.features.end()) {
    return user_error(
        "the table is clustered, and its columns or properties have changed since that version; "
        "restore with the table's own engine");
  }
  std::erase_if(older.get_ref<Json::object_t&>(),
                [](const auto& member) { return member.second.is_null(); });
  out.metadata = dump_json(older);
  return out;
}

std::string restore_entry(const Restoration& what, const TableState& now, const TableState& then,
                          const std::string& engine, std::int64_t time_ms) {
  std::string entry = line("commitInfo", commit_info(what, now, engine, time_ms));
  if (!what.metadata.empty()) entry += R"({"metaData":)" + what.metadata + "}\n";
  for (const DataFile& file : what.removes) {
    Json remove = file_action(file, now);
    remove["deletionTimestamp"] = time_ms;
    remove["extendedFileMetadata"] = true;
    entry += line("remove", std::move(remove));
  }
  for (const DataFile& file : what.adds) {
    Json add = file_action(file, then);
    add["modificationTime"] = file.modified_ms;
    entry += line("add", std::move(add));
  }
  return entry;
}

}  // namespace sluice::lake
