#include "engine/engine.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/backup.h"
#include "engine/batch_loop.h"
#include "engine/batch_sql.h"
#include "engine/recovery.h"
#include "sql/session_zone.h"
#include "state/checkpoint.h"

namespace sluice::engine {
namespace {

/// The mode against the view, the columns against the sink.
Status check_sink(const SinkPart& part, const sql::Plan& plan, const data::Schema& schema) {
  const std::string place = part.location.to_string();
  const std::string subject = (place.empty() ? "" : place + ": ") + "sink '" + part.name + "'";
  if (const sql::ViewPlan* view = plan.find(part.from)) {
    if (auto result = sql::check_mode(*view, part.mode); !result) {
      return std::move(result).error().with(subject);
    }
  } else if (part.mode == connector::OutputMode::kComplete) {
    return user_error(subject + ": mode complete needs an aggregate, and '" + part.from +
                      "' is a source; use mode: append");
  }
  if (part.mode == connector::OutputMode::kUpsert) {
    if (auto result = connector::check_upsert_key(schema, part.upsert); !result) {
      return std::move(result).error().with(subject);
    }
  }
  if (auto result = part.sink->check(schema, part.mode); !result) {
    return std::move(result).error().with(subject);
  }
  return {};
}

Status check_sinks(const Pipeline& pipeline, BatchSql& sql) {
  for (const SinkPart& part : pipeline.sinks) {
    SLUICE_ASSIGN(const data::Schema schema, sql.schema_of(part.from));
    SLUICE_TRY(check_sink(part, sql.plan(), schema));
  }
  return {};
}

/// State belongs to the SQL that made it.
Status compare_state(const sql::Plan& plan, const state::Position& position,
                     state::Checkpoint& checkpoint) {
  for (const sql::ViewPlan& view : plan.views) {
    if (!view.has_state()) continue;
    const auto known = position.fingerprints.find(view.name);
    if (known == position.fingerprints.end()) {
      if (position.next_batch > 0) {
        log_warn("view " + view.name + " is new: its state starts with batch " +
                 std::to_string(position.next_batch));
      }
      SLUICE_TRY(checkpoint.set_fingerprint(view.name, view.fingerprint));
    } else if (known->second != view.fingerprint) {
      return user_error("E_STATE_CHANGED: view '" + view.name +
                        "' keeps state that was made by other SQL\n  was: " + known->second +
                        "\n  is:  " + view.fingerprint +
                        "\n  take the change back, give the view another name (its state starts "
                        "empty), or use another checkpoint (everything is read again)");
    }
  }
  return {};
}

/// Keys and aggregates may be of the zone's days and hours, so state belongs to the zone, too.
Status compare_time_zone(const Pipeline& pipeline, const sql::Plan& plan,
                         state::Checkpoint& checkpoint) {
  SLUICE_ASSIGN(const auto known, checkpoint.time_zone());
  if (known == pipeline.time_zone) return {};
  const bool kept = std::ranges::any_of(plan.views, &sql::ViewPlan::has_state);
  if (known && kept) {
    const std::string place = pipeline.time_zone_location.to_string();
    return user_error((place.empty() ? "" : place + ": ") +
                      "E_STATE_CHANGED: the views' state was made with timezone: " + *known +
                      ", and the pipeline has timezone: " + pipeline.time_zone +
                      " now\n  take the change back, or use another checkpoint (everything is read "
                      "again)");
  }
  return checkpoint.set_time_zone(pipeline.time_zone);
}

Status open_connectors(Pipeline& pipeline, BatchSql& sql, std::stop_token stop) {
  SLUICE_TRY(sql.open_tables(stop));
  for (SourcePart& source : pipeline.sources) {
    if (auto result = source.source->open(stop); !result) {
      return std::move(result).error().with("source " + source.name);
    }
    if (source.decoder == nullptr) continue;
    if (auto result =
            source.dead_letter->open(dead_letter_schema(), connector::OutputMode::kAppend);
        !result) {
      return std::move(result).error().with("dead letters of " + source.name);
    }
  }
  for (SinkPart& sink : pipeline.sinks) {
    SLUICE_ASSIGN(const data::Schema schema, sql.schema_of(sink.from));
    if (auto result = sink.sink->open(schema, sink.mode); !result) {
      return std::move(result).error().with("sink " + sink.name);
    }
  }
  return {};
}

Status set_time_zone(const Pipeline& pipeline, sql::Session& session) {
  if (sql::set_time_zone(session, pipeline.time_zone)) return {};
  const std::string place = pipeline.time_zone_location.to_string();
  return user_error((place.empty() ? "" : place + ": ") + "there is no time zone '" +
                    pipeline.time_zone + "'; write a name such as UTC or Europe/Berlin");
}

}  // namespace

Result<sql::Plan> check_pipeline(const Pipeline& pipeline) {
  SLUICE_ASSIGN(const auto database, sql::Database::open("", {}));
  SLUICE_ASSIGN(const auto session, database->connect());
  SLUICE_TRY(set_time_zone(pipeline, *session));
  SLUICE_ASSIGN(const auto sql, BatchSql::make(pipeline, *session));
  SLUICE_TRY(check_sinks(pipeline, *sql));
  return sql->plan();
}

Status run_pipeline(Pipeline& pipeline, const Surroundings& surroundings, Summary& summary,
                    std::stop_token stop) {
  sql::DatabaseOptions options;
  options.threads = pipeline.threads;
  options.memory_limit = pipeline.memory_limit;
  SLUICE_ASSIGN(const auto checkpoint, state::Checkpoint::open(pipeline.checkpoint, pipeline.name,
                                                               surroundings.files, options));
  crash_point("recovery.opened");
  SLUICE_TRY(set_time_zone(pipeline, checkpoint->session()));
  SLUICE_ASSIGN(const auto sql, BatchSql::make(pipeline, checkpoint->session()));
  SLUICE_TRY(check_sinks(pipeline, *sql));
  SLUICE_ASSIGN(state::Position position, checkpoint->position());
  SLUICE_TRY(compare_time_zone(pipeline, sql->plan(), *checkpoint));
  SLUICE_TRY(compare_state(sql->plan(), position, *checkpoint));
  SLUICE_TRY(sql->prepare());
  SLUICE_TRY(checkpoint->set_pipeline_text(pipeline.text));
  SLUICE_TRY(open_connectors(pipeline, *sql, stop));
  crash_point("recovery.connected");
  Backup backup(pipeline, *checkpoint, surroundings);
  SLUICE_TRY(backup.open(position.next_batch - 1));
  if (!position.outbox.empty()) SLUICE_TRY(backup.before_publish(position.next_batch - 1));
  SLUICE_ASSIGN(const int redone, recover(outlets_of(pipeline), position));
  crash_point("recovery.done");
  surroundings.listener.on_start(position.next_batch, redone);
  BatchLoop loop({pipeline, *sql, *checkpoint, backup, surroundings}, std::move(position), summary);
  return loop.run(stop);
}

}  // namespace sluice::engine
