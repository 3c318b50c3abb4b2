#include "app/handover/table_head.h"

#include <utility>

#include "base/json.h"
#include "connectors/delta/batch_commit.h"
#include "connectors/delta/open_table.h"

namespace sluice::app {
namespace {

/// Each lost race is another writer's commit.
constexpr int kTriesMax = 20;

std::string text_of(const HandoverEntry& entry) {
  return dump_json(OrderedJson{{"pipeline", entry.pipeline},
                               {"sink", entry.sink},
                               {"batch", entry.batch},
                               {"plan_hash", entry.plan_hash},
                               {"rows", 0},
                               {"bytes", 0},
                               {"notes", {{"handover", "from spark"}, {"done", entry.done}}}});
}

/// HandoverEntry::done of such a text; null: it is none.
std::optional<std::int64_t> done_in(const std::string& metadata) {
  const Json json = parse_json(metadata);
  if (!json.is_object() || !json.value("notes", Json()).is_object()) return std::nullopt;
  const Json& notes = json["notes"];
  if (!notes.contains("handover") || !notes.value("done", Json()).is_number_integer()) {
    return std::nullopt;
  }
  return notes["done"].get<std::int64_t>();
}

Error busy(const std::string& path) {
  return transient_error("write the handover into the Delta table: path=" + path +
                         ": other writers were faster each time; run the same command again");
}

}  // namespace

Result<std::unique_ptr<TableHead>> TableHead::open(const std::string& path, io::FileSystem& files,
                                                   std::string app_id) {
  SLUICE_ASSIGN(const auto entries, files.list(io::join_path(path, "_delta_log"), false));
  if (entries.empty()) return std::unique_ptr<TableHead>();
  SLUICE_ASSIGN(auto table, connectors::open_existing(path, files));
  return std::unique_ptr<TableHead>(new TableHead(path, std::move(table), std::move(app_id)));
}

Result<std::optional<std::int64_t>> TableHead::version_of(const std::string& app_id) {
  SLUICE_ASSIGN(const bool there, table_->refresh());
  if (!there) return corruption_error("the Delta table is gone: path=" + path_);
  return table_->app_version(app_id);
}

Result<std::optional<std::int64_t>> TableHead::batch() { return version_of(app_id_); }

Result<std::optional<std::int64_t>> TableHead::own_batch() {
  SLUICE_ASSIGN(const auto version, version_of(app_id_));
  if (!version) return version;
  SLUICE_ASSIGN(const auto metadata, table_->user_metadata(app_id_, *version));
  const auto hash = connectors::plan_hash_in(metadata.value_or(""));
  if (!hash || hash->starts_with(kHandoverHash)) return std::optional<std::int64_t>();
  return version;
}

Result<bool> TableHead::commit(const std::string& app_id, const HandoverEntry& entry) {
  lake::Commit commit;
  commit.operation = "HANDOVER";
  commit.data_change = false;
  commit.app_id = app_id;
  commit.app_version = entry.batch;
  commit.user_metadata = text_of(entry);
  commit.parameters = {{"queryId", app_id}, {"epochId", std::to_string(entry.batch)}};
  const auto outcome = table_->commit(commit);
  if (outcome) return outcome->committed;
  // What may have happened is seen by the next look.
  if (outcome.error().kind() == Kind::kUnknownOutcome) return false;
  return outcome.error().clone();
}

Result<TableHead::End> TableHead::settle(const std::string& app_id, std::int64_t batch,
                                         bool certain, HandoverEntry entry) {
  entry.batch = batch;
  entry.done = batch - 1;
  for (int i = 0; i < kTriesMax; ++i) {
    SLUICE_ASSIGN(const auto version, version_of(app_id));
    if (version && *version >= batch) {
      SLUICE_ASSIGN(const auto metadata, table_->user_metadata(app_id, *version));
      // A handover that was not finished has decided.
      const auto done = done_in(metadata.value_or(""));
      return !done || *done >= batch ? End::kThere : End::kNotThere;
    }
    if (!certain && (!version || *version != batch - 1)) return End::kUnknown;
    SLUICE_ASSIGN(const bool is_ours, commit(app_id, entry));
    if (is_ours) return End::kNotThere;
  }
  return busy(path_);
}

Status TableHead::put(const HandoverEntry& entry) {
  for (int i = 0; i < kTriesMax; ++i) {
    SLUICE_ASSIGN(const auto version, version_of(app_id_));
    if (version && *version >= entry.batch) {
      SLUICE_ASSIGN(const auto found, table_->user_metadata(app_id_, *version));
      if (*version == entry.batch && found == text_of(entry)) return {};
      return Error(Kind::kConflict, "E_SPARK_RUNNING: somebody has just written batch " +
                                        std::to_string(*version) + " of " + app_id_ +
                                        " to the Delta table: path=" + path_ +
                                        "; stop Spark's job, then hand over");
    }
    SLUICE_ASSIGN(const bool done, commit(app_id_, entry));
    if (done) return {};
  }
  return busy(path_);
}

}  // namespace sluice::app
