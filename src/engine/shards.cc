#include "engine/shards.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "io/file_system.h"
#include "sql/duckdb/database.h"

namespace sluice::engine {
namespace {

using connector::OutputMode;

Error refused(const SinkPart& sink, const std::string& reason) {
  const std::string place = sink.location.to_string();
  return user_error((place.empty() ? "" : place + ": ") + "sink '" + sink.name + "': " + reason);
}

/// Whether rows of one key of the sink are all of one shard.
bool keeps_keys_together(const SinkPart& sink, const sql::Plan& plan) {
  const auto known = plan.shard_keys.find(sink.from);
  if (known == plan.shard_keys.end()) return false;
  data::Schema key;
  for (const std::string& column : sink.upsert.columns) key.add({column, data::TypeId::kVarchar});
  return std::ranges::all_of(known->second, [&key](const std::set<std::string>& columns) {
    return std::ranges::any_of(columns,
                               [&key](const std::string& column) { return key.find(column) >= 0; });
  });
}

Status check_sharded_sink(const SinkPart& sink, const sql::Plan& plan) {
  if (plan.same_in_all_shards.contains(sink.from)) {
    return refused(sink, "'" + sink.from +
                             "' is over tables alone, of which each shard would write the same "
                             "rows; write them with a pipeline of its own, without --shard");
  }
  if (sink.mode == OutputMode::kComplete) {
    return refused(sink,
                   "mode complete replaces all rows of the target, those of the other shards, too; "
                   "use mode: upsert or append, or run it without --shard");
  }
  if (sink.mode == OutputMode::kUpsert && !keeps_keys_together(sink, plan)) {
    return refused(sink,
                   "rows of one key may come from several shards, in no order: the key must have "
                   "the columns by which the kafka source is partitioned (partitioned_by), as they "
                   "are; else run it without --shard");
  }
  if (sink.mode != OutputMode::kUpsert && sink.promise == connector::Promise::kIdempotentByKey) {
    return refused(sink,
                   "rows of one key of its table may come from several shards, in no order; use "
                   "mode: upsert, with a key that has the columns by which the kafka source is "
                   "partitioned (partitioned_by), or run it without --shard");
  }
  return {};
}

/// Whether the folder is a checkpoint that has read something; one in which a run is at work, or
/// that cannot be opened, counts.
bool has_checkpoint(const std::string& folder) {
  std::error_code ignored;
  const std::string path = io::join_path(folder, "state.db");
  if (!std::filesystem::exists(path, ignored)) return false;
  const auto database =
      sql::Database::open_bare(path, {.threads = 1, .temp_folder = "", .read_only = true});
  if (!database) return true;
  const auto session = (*database)->connect();
  if (!session) return true;
  const auto batches = (*session)->value("SELECT count(*) FROM sluice.batches");
  return !batches || *batches != "0";
}

Error other_shards(const Pipeline& pipeline, const std::string& folder, const std::string& whose) {
  const std::string now =
      pipeline.shard ? "this is shard " + pipeline.shard->text() : "this run has all partitions";
  return user_error("E_SHARD_CHANGED: " + folder + " is the checkpoint of " + whose + ", and " +
                    now +
                    ": what that one has read would be read again. Go on as before; to change the "
                    "number of shards see docs/guide/sharding.md, and move the old checkpoints "
                    "away once their work is handed over");
}

}  // namespace

Status check_shard_sinks(const Pipeline& pipeline, const sql::Plan& plan) {
  if (!pipeline.shard) return {};
  for (const SinkPart& sink : pipeline.sinks) SLUICE_TRY(check_sharded_sink(sink, plan));
  return {};
}

std::vector<std::string> shard_warnings(const Pipeline& pipeline, const sql::Plan& plan) {
  std::vector<std::string> warnings;
  if (!pipeline.shard) return warnings;
  for (const sql::QueryPlan& query : plan.queries) {
    warnings.push_back(query.name + " is of the rows of shard " + pipeline.shard->text() +
                       " alone");
  }
  return warnings;
}

Status check_shards_before(const Pipeline& pipeline) {
  namespace fs = std::filesystem;
  // Shards lie in the folder that a run of all has.
  const std::string folder =
      pipeline.shard ? io::parent_folder(pipeline.checkpoint) : pipeline.checkpoint;
  if (pipeline.shard && has_checkpoint(folder)) {
    return other_shards(pipeline, folder, "a run of all partitions");
  }
  std::error_code problem;  // a folder that is not there yet has none
  for (fs::directory_iterator at(folder, problem); !problem && at != fs::directory_iterator();
       at.increment(problem)) {
    const auto shard = shard_of_name(at->path().filename().string());
    if (!shard || (pipeline.shard && shard->count == pipeline.shard->count)) continue;
    const std::string there = at->path().string();
    if (has_checkpoint(there)) return other_shards(pipeline, there, "shard " + shard->text());
  }
  return {};
}

}  // namespace sluice::engine
