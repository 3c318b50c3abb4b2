#include "connectors/delta/batch_commit.h"

#include <utility>

#include "base/json.h"

namespace sluice::connectors {
namespace {

std::string metadata_of(const connector::Staged& staged, const connector::Context& context) {
  Json out = {{"pipeline", context.pipeline},  {"sink", context.name}, {"batch", staged.batch},
              {"plan_hash", staged.plan_hash}, {"rows", staged.rows},  {"bytes", staged.bytes}};
  Json notes = parse_json(staged.notes);
  out["notes"] = notes.is_discarded() ? Json(staged.notes) : std::move(notes);
  return dump_json(out);
}

}  // namespace

lake::Commit batch_commit(const connector::Staged& staged, const StagedAction& action,
                          const std::string& app_id, const connector::Context& context) {
  const bool complete = action.mode == connector::OutputMode::kComplete;
  const bool upsert = action.mode == connector::OutputMode::kUpsert;
  lake::Commit commit;
  if (upsert) commit.operation = "MERGE";
  if (!action.where.empty()) commit.operation = "WRITE";
  commit.adds = action.adds;
  commit.is_blind = action.mode == connector::OutputMode::kAppend && !action.adds.empty();
  commit.replace_all = complete && action.where.empty();
  commit.app_id = app_id;
  commit.app_version = staged.batch;
  commit.user_metadata = metadata_of(staged, context);
  // As Spark's own streaming writer fills them in.
  commit.parameters = {{"outputMode", complete ? "Complete"
                                      : upsert ? "Update"
                                               : "Append"},
                       {"queryId", app_id},
                       {"epochId", std::to_string(staged.batch)}};
  if (!action.where.empty()) {
    commit.parameters.emplace_back("mode", "Overwrite");
    commit.parameters.emplace_back("predicate", action.where);
  }
  commit.metrics = {{"numAddedFiles", std::to_string(action.adds.size())},
                    {"numOutputRows", std::to_string(staged.rows - action.deleting_rows)},
                    {"numOutputBytes", std::to_string(staged.bytes)}};
  return commit;
}

std::optional<std::string> plan_hash_in(const std::string& user_metadata) {
  const Json root = parse_json(user_metadata);
  if (!root.is_object() || !root.contains("plan_hash") || !root["plan_hash"].is_string()) {
    return std::nullopt;
  }
  return root["plan_hash"].get<std::string>();
}

}  // namespace sluice::connectors
