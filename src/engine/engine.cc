#include "engine/engine.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/backup.h"
#include "engine/batch_loop.h"
#include "engine/batch_sql.h"
#include "engine/claims.h"
#include "engine/compatibility.h"
#include "engine/explained_pipeline.h"
#include "engine/new_sinks.h"
#include "engine/recovery.h"
#include "engine/retries.h"
#include "engine/shards.h"
#include "engine/source_positions.h"
#include "engine/spark_queries.h"
#include "engine/staged_bytes_table.h"
#include "engine/upsert_rows.h"
#include "engine/warnings.h"
#include "engine/watch.h"
#include "sql/duckdb/session_zone.h"
#include "sql/functions/open_database.h"
#include "state/checkpoint.h"
#include "state/handover_mark.h"

namespace sluice::engine {
namespace {

/// The mode against the view, the columns against the sink.
Status check_sink(const SinkPart& part, const sql::Plan& plan, const data::Schema& schema,
                  sql::Session& session) {
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
  if (auto result = check_upsert(part, schema); !result) {
    return std::move(result).error().with(subject);
  }
  SLUICE_TRY(check_delete_when(session, part, schema));
  if (auto result = part.sink->check(written_schema(part, schema), part.mode); !result) {
    return std::move(result).error().with(subject);
  }
  return {};
}

Status check_sinks(const Pipeline& pipeline, BatchSql& sql, sql::Session& session) {
  for (const SinkPart& part : pipeline.sinks) {
    SLUICE_ASSIGN(const data::Schema schema, sql.schema_of(part.from));
    SLUICE_TRY(check_sink(part, sql.plan(), schema, session));
  }
  return check_shard_sinks(pipeline, sql.plan());
}

/// One batch with all there is would have to hold all that is still to come.
Status check_trigger(const Pipeline& pipeline) {
  if (pipeline.trigger.kind != Trigger::Kind::kOnce) return {};
  for (const SourcePart& source : pipeline.sources) {
    const bool ends = source.source->ending({}) != connector::Ending::kNever;
    if (!ends || source.source->can_reread()) continue;
    const std::string place = source.location.to_string();
    return user_error((place.empty() ? "" : place + ": ") + "source '" + source.name +
                      "': " + source.kind +
                      " cannot be read in one batch (trigger: once); use trigger: available_now, "
                      "which reads it to its end in several");
  }
  return {};
}

Status open_sink(connector::Sink& sink, const data::Schema& schema, connector::OutputMode mode,
                 const std::string& what, const Retries& retries) {
  auto opened = retries.run_at_start("open " + what, [&] { return sink.open(schema, mode); });
  return opened ? Status() : std::move(opened).error().with(what);
}

Status open_connectors(Pipeline& pipeline, BatchSql& sql, std::stop_token stop,
                       const Retries& retries) {
  SLUICE_TRY(retries.run_at_start("open the tables", [&] { return sql.open_tables(stop); }));
  for (SourcePart& source : pipeline.sources) {
    auto opened = retries.run_at_start("open source " + source.name,
                                       [&] { return source.source->open(stop); });
    if (!opened) return std::move(opened).error().with("source " + source.name);
    if (source.decoder == nullptr) continue;
    SLUICE_TRY(open_sink(*source.dead_letter, dead_letter_schema(), connector::OutputMode::kAppend,
                         "dead letters of " + source.name, retries));
  }
  for (SinkPart& sink : pipeline.sinks) {
    SLUICE_ASSIGN(const data::Schema schema, sql.schema_for(sink));
    SLUICE_TRY(open_sink(*sink.sink, schema, sink.mode, "sink " + sink.name, retries));
  }
  return {};
}

Status set_time_zone(const Pipeline& pipeline, sql::Session& session) {
  if (sql::set_time_zone(session, pipeline.time_zone)) return {};
  const std::string place = pipeline.time_zone_location.to_string();
  return user_error((place.empty() ? "" : place + ": ") + "there is no time zone '" +
                    pipeline.time_zone + "'; write a name such as UTC or Europe/Berlin");
}

Status start_and_run(Pipeline& pipeline, const Surroundings& surroundings, RunSummary& summary,
                     std::stop_token stop) {
  SLUICE_TRY(check_trigger(pipeline));
  sql::DatabaseOptions options;
  options.threads = pipeline.threads;
  options.memory_limit = pipeline.memory_limit;
  const Retries retries(pipeline, surroundings, stop);
  // What is refused leaves no checkpoint that would be in the way of another number of shards.
  if (pipeline.shard) SLUICE_TRY(check_pipeline(pipeline));
  SLUICE_TRY(check_shards_before(pipeline));
  SLUICE_TRY(check_no_spark_query(pipeline, nullptr));
  SLUICE_ASSIGN(const auto checkpoint, retries.run_at_start("open the checkpoint", [&] {
    return state::Checkpoint::open(pipeline.checkpoint, pipeline.name, surroundings.files, options);
  }));
  SLUICE_TRY(state::refuse_handed_over(*checkpoint));
  SLUICE_TRY(check_no_spark_query(pipeline, checkpoint.get()));
  crash_point("recovery.opened");
  SLUICE_TRY(set_time_zone(pipeline, checkpoint->session()));
  // Asks sources of Parquet files for their columns, wherever these lie.
  SLUICE_ASSIGN(const auto sql, retries.run_at_start("plan the views", [&] {
    return BatchSql::make(pipeline, checkpoint->session());
  }));
  SLUICE_TRY(check_sinks(pipeline, *sql, checkpoint->session()));
  if (surroundings.on_plan) surroundings.on_plan(sql->plan());
  Watch watch(pipeline, *sql);
  SLUICE_TRY(watch.check());
  if (!pipeline.reads_again()) {
    for (const Warning& warning : warnings_about(pipeline, sql->plan())) {
      log_warn(warning.to_string());
    }
  }
  SLUICE_ASSIGN(state::Position position, checkpoint->position());
  SLUICE_TRY(check_compatible(pipeline, sql->plan(), position, *checkpoint));
  SLUICE_TRY(settle_sources(pipeline, position, *checkpoint));
  SLUICE_TRY(note_state(pipeline, sql->plan(), position, *checkpoint));
  SLUICE_TRY(sql->prepare());
  SLUICE_TRY(note_sinks(pipeline, position, *checkpoint));
  SLUICE_TRY(checkpoint->set_pipeline_text(pipeline.text, pipeline.sql_variables));
  SLUICE_ASSIGN(connector::Writer writer, checkpoint->writer(surroundings.random.uuid()));
  Claims claims(*checkpoint, std::move(writer), position.claims);
  StagedBytesTable staged(checkpoint->session());
  for (const Outlet& outlet : outlets_of(pipeline)) {
    outlet.sink->keep_in(staged.of(outlet.name));
    claims.introduce(outlet.name, *outlet.sink);
  }
  SLUICE_TRY(open_connectors(pipeline, *sql, stop, retries));
  SLUICE_TRY(resume_sources(pipeline, position, *checkpoint, retries));
  crash_point("recovery.connected");
  const data::BatchId last = position.next_batch - 1;
  Backup backup(pipeline, *checkpoint, surroundings);
  SLUICE_TRY(retries.run_at_start("open the backups", [&] { return backup.open(last); }));
  if (!position.outbox.empty()) {
    SLUICE_TRY(retries.run_at_start("backup of batch " + std::to_string(last),
                                    [&] { return backup.before_publish(last); }));
  }
  SLUICE_ASSIGN(const int redone, recover(outlets_of(pipeline), position, claims, retries));
  crash_point("recovery.done");
  SLUICE_TRY(watch.open(checkpoint->session(), surroundings.clock.now()));
  surroundings.listener.on_start(position.next_batch, redone);
  BatchLoop loop({pipeline, *sql, *checkpoint, backup, claims, watch, surroundings},
                 std::move(position), summary);
  auto done = loop.run(stop);
  watch.set_end(done ? Status() : done.error().clone());
  return done;
}

/// check_pipeline(); `explained` gets the plan and what each view keeps, and `look` (null: nobody)
/// the session in which all that is named is defined.
Status plan_only(const Pipeline& pipeline, ExplainedPipeline& explained, bool with_kept,
                 const PlanLook& look) {
  SLUICE_TRY(check_trigger(pipeline));
  SLUICE_ASSIGN(const auto database, sql::open_database("", {}));
  SLUICE_ASSIGN(const auto session, database->connect());
  SLUICE_TRY(set_time_zone(pipeline, *session));
  SLUICE_ASSIGN(const auto sql,
                BatchSql::make(pipeline, *session, with_kept ? &explained.kept : nullptr));
  SLUICE_TRY(check_sinks(pipeline, *sql, *session));
  SLUICE_TRY(Watch(pipeline, *sql).check());
  explained.plan = sql->plan();
  return look ? look(explained, *session) : Status();
}

}  // namespace

Result<sql::Plan> check_pipeline(const Pipeline& pipeline) {
  ExplainedPipeline explained;
  SLUICE_TRY(plan_only(pipeline, explained, /*with_kept=*/false, nullptr));
  return std::move(explained.plan);
}

Result<ExplainedPipeline> explain_pipeline(const Pipeline& pipeline, const PlanLook& look) {
  ExplainedPipeline explained;
  SLUICE_TRY(plan_only(pipeline, explained, /*with_kept=*/true, look));
  return explained;
}

Status run_pipeline(Pipeline& pipeline, const Surroundings& surroundings, RunSummary& summary,
                    std::stop_token stop) {
  auto result = start_and_run(pipeline, surroundings, summary, stop);
  if (result || result.error().kind() != Kind::kCancelled || !stop.stop_requested()) return result;
  // Stopped before the first batch.
  summary.stopped_by_user = true;
  return {};
}

}  // namespace sluice::engine
