#include "engine/rebuild.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <system_error>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/batch_sql.h"
#include "engine/compatibility.h"
#include "engine/graph.h"
#include "engine/rebuild_scope.h"
#include "engine/source_positions.h"
#include "engine/spark_queries.h"
#include "engine/waiting_rows.h"
#include "engine/whole_results.h"
#include "sql/duckdb/session_zone.h"
#include "sql/view/state_schema.h"
#include "sql/view/state_storage.h"
#include "state/checkpoint.h"
#include "state/handover_mark.h"

namespace sluice::engine {
namespace {

using connector::OutputMode;
using data::quote_identifier;
using data::quote_literal;

/// What is made again, and who is fed by it.
struct Scope {
  std::vector<const sql::ViewPlan*> views;  ///< with state, inputs first
  std::set<std::string> sources;            ///< that their rows come from
  std::vector<const SinkPart*> sinks;       ///< that get the whole result
  /// Their rows are others than before, since state is made again or SQL has changed.
  std::set<std::string> changed;
  std::set<std::string> again;  ///< of these, with state that is made again, or reading such
};

std::string subject_of(const SinkPart& sink) {
  const std::string place = sink.location.to_string();
  return (place.empty() ? "" : place + ": ") + "sink '" + sink.name + "'";
}

class Rebuild {
 public:
  Rebuild(const RebuildRequest& request, const Surroundings& surroundings, std::stop_token stop)
      : request_(request),
        pipeline_(request.pipeline),
        surroundings_(surroundings),
        stop_(std::move(stop)),
        folder_(pipeline_.checkpoint + "/rebuild") {}

  Result<Rebuilt> run() {
    SLUICE_ASSIGN(now_, known_of(pipeline_));
    const std::string nothing =
        "the checkpoint has no batch yet, so there is nothing to make again: ";
    if (!std::filesystem::exists(pipeline_.checkpoint + "/state.db")) {
      return user_error(nothing + pipeline_.checkpoint);
    }
    SLUICE_TRY(open());
    SLUICE_ASSIGN(position_, checkpoint_->position());
    if (position_.next_batch == 0) return user_error(nothing + pipeline_.checkpoint);
    SLUICE_TRY(check_positions(pipeline_, position_));
    use_shadow();
    SLUICE_TRY(learn_before());
    SLUICE_TRY(find_scope());
    if (scope_.views.empty() && scope_.sinks.empty()) {
      for (const auto& [sink, has_before] : position_.whole_results) made_.whole.push_back(sink);
      return std::move(made_);
    }
    SLUICE_TRY(check_sinks());
    SLUICE_TRY(keep_results_before());
    if (!scope_.views.empty()) {
      auto read = read_again();
      if (!read) remove_folder();
      SLUICE_TRY(std::move(read));
    }
    SLUICE_TRY(take_over());
    remove_folder();
    return std::move(made_);
  }

 private:
  Status open();
  Status learn_before();
  Result<bool> is_other(const sql::ViewPlan& view);
  Status find_scope();
  void find_sinks();
  Status check_sinks();
  Status keep_results_before();
  Status keep_results_of(const Pipeline& before);
  Status keep_result(const SinkPart& sink, const BatchSql& before);
  Status read_again();
  Status take_over();
  Status take_tables(sql::Session& session, const std::string& schema);

  /// A checkpoint that was put back has read less than it.
  void use_shadow() {
    const auto& shadow = request_.shadow;
    made_.by_shadow = !shadow.checkpoint.empty() && shadow.next_batch <= position_.next_batch;
    if (made_.by_shadow) folder_ = shadow.checkpoint;
  }

  void remove_folder() const {
    if (made_.by_shadow) return;
    std::error_code problem;
    std::filesystem::remove_all(folder_, problem);
    if (problem) log_warn("remove " + folder_ + ": " + problem.message());
  }

  const RebuildRequest& request_;
  const Pipeline& pipeline_;
  const Surroundings& surroundings_;
  const std::stop_token stop_;
  std::string folder_;  // the checkpoint of the run that reads again
  Known now_;
  const Pipeline* before_ = nullptr;   // of the last start; null: not known
  std::optional<Error> before_error_;  // why
  Known then_;                         // of before_
  std::unique_ptr<state::Checkpoint> checkpoint_;
  state::Position position_;
  Scope scope_;
  WholeResults whole_;
  state::EventTimes times_;  // of the run that reads again
  Rebuilt made_;
};

Status Rebuild::open() {
  SLUICE_TRY(check_no_spark_query(pipeline_, nullptr));
  sql::DatabaseOptions options;
  options.threads = pipeline_.threads;
  options.memory_limit = pipeline_.memory_limit;
  checkpoint_.reset();
  SLUICE_ASSIGN(checkpoint_, state::Checkpoint::open(pipeline_.checkpoint, pipeline_.name,
                                                     surroundings_.files, options));
  return state::refuse_handed_over(*checkpoint_);
}

/// A file that cannot be planned any more is in the way only of what needs it.
Status Rebuild::learn_before() {
  const auto learn = [&]() -> Status {
    SLUICE_ASSIGN(const state::LastStart last, checkpoint_->last_start());
    SLUICE_ASSIGN(const Pipeline* before, request_.before(last));
    SLUICE_ASSIGN(then_, known_of(*before));
    before_ = before;
    return {};
  };
  auto learned = learn();
  if (learned) return {};
  if (learned.error().kind() != Kind::kUser) return learned;
  before_error_ = std::move(learned).error();
  log_warn(
      "the file of the last start cannot be planned any more, so views without state count as "
      "they are now: " +
      before_error_->message());
  return {};
}

/// Whether the user wrote something else for it in the file of the last start.
Result<bool> Rebuild::is_other(const sql::ViewPlan& view) {
  const sql::ViewText* const now = written(now_, view.name);
  if (before_ == nullptr || now == nullptr) return false;
  const auto then = then_.views.find(now->name);
  if (then == then_.views.end()) return true;
  SLUICE_ASSIGN(const bool same, same_view(checkpoint_->session(), then->second, *now));
  return !same;
}

Status Rebuild::find_scope() {
  const Graph graph(pipeline_, now_.plan);
  for (const std::string& name : request_.views) {
    const bool is_there = std::ranges::any_of(now_.plan.views, [&](const sql::ViewPlan& view) {
      return view.has_state() && holds({name}, view.name);
    });
    if (!is_there) return user_error("there is no view '" + name + "' that keeps state");
  }
  SLUICE_ASSIGN(const auto zone, checkpoint_->time_zone());
  const bool other_zone = zone && *zone != pipeline_.time_zone;
  const auto reads_one_of = [](const sql::ViewPlan& view, const std::set<std::string>& names) {
    return std::ranges::any_of(view.inputs,
                               [&](const std::string& input) { return names.contains(input); });
  };
  for (const sql::ViewPlan& view : now_.plan.views) {
    if (!graph.live(view.name)) continue;
    SLUICE_ASSIGN(const bool other, is_other(view));
    const bool changed = other || reads_one_of(view, scope_.changed);
    bool again = reads_one_of(view, scope_.again);
    if (view.has_state()) {
      SLUICE_ASSIGN(const KeptState kept, kept_state(view, position_, checkpoint_->session()));
      // Of several parts those without state are not known to be what they were.
      const std::string& whole_name =
          written(now_, view.name) == nullptr ? view.name : written(now_, view.name)->name;
      const bool in_parts = std::ranges::any_of(now_.plan.views, [&](const sql::ViewPlan& part) {
        return is_part_of(whole_name, part.name) && !now_.views.contains(part.name);
      });
      again = other_zone || kept.fate != KeptState::Fate::kSame ||
              reads_one_of(view, scope_.changed) || (other && in_parts) ||
              holds(request_.views, view.name);
      if (again) {
        scope_.views.push_back(&view);
        made_.views.push_back(view.name);
        const auto& sources = graph.sources_of(view.name);
        scope_.sources.insert(sources.begin(), sources.end());
      }
    }
    if (again) scope_.again.insert(view.name);
    if (again || changed) scope_.changed.insert(view.name);
  }
  find_sinks();
  return {};
}

void Rebuild::find_sinks() {
  for (const SinkPart& sink : pipeline_.sinks) {
    const auto was =
        std::ranges::find(then_.sinks, sink.name, [](const SinkPart* s) { return s->name; });
    const bool moved = was != then_.sinks.end() && (*was)->from != sink.from;
    if (!moved && !scope_.changed.contains(sink.from)) continue;
    const bool rows_only = !scope_.again.contains(sink.from) && !has_whole(now_.plan, sink.from);
    if (sink.mode == OutputMode::kAppend || rows_only) {
      made_.from_now_on.push_back(sink.name);
    } else {
      scope_.sinks.push_back(&sink);
    }
  }
  for (const SinkPart* sink : then_.sinks) {
    const bool is_there =
        std::ranges::find(pipeline_.sinks, sink->name, &SinkPart::name) != pipeline_.sinks.end();
    if (is_there || sink->mode == OutputMode::kAppend) continue;
    if (scope_.changed.contains(sink->from) || now_.plan.find(sink->from) == nullptr) {
      made_.left.push_back(sink->name);
    }
  }
}

/// A result that was written row by row is not known any more, and cannot be written whole.
Status Rebuild::check_sinks() {
  SLUICE_ASSIGN(const WaitingBySink waiting, WaitingRows(pipeline_, checkpoint_->session()).left());
  whole_ = position_.whole_results;
  for (const SinkPart* sink : scope_.sinks) {
    if (!has_whole(now_.plan, sink->from)) {
      return user_error(subject_of(*sink) + ": mode " +
                        std::string(connector::output_mode_name(sink->mode)) +
                        " takes the rows of '" + sink->from +
                        "' as they change, and no whole result of them is kept that could be "
                        "written again; give the pipeline another name, checkpoint and targets");
    }
    if (const auto left = waiting.find(sink->name);
        left != waiting.end() && left->second.rows > 0) {
      return user_error(subject_of(*sink) +
                        ": E_ROWS_WAITING: " + std::to_string(left->second.rows) +
                        " rows of the result before wait in the checkpoint for a file; run the "
                        "pipeline as it was once with --available-now, so that they get there");
    }
    made_.whole.push_back(sink->name);
    // One that has not got the result of an earlier rebuild has what it had then.
    if (whole_.contains(sink->name)) continue;
    whole_[sink->name] = sink->mode == OutputMode::kUpsert && position_.sinks.contains(sink->name);
  }
  return {};
}

/// So that rows of it that the new result lacks are deleted in the target. The checkpoint's session
/// then has the old file's relations, so it is opened again.
Status Rebuild::keep_results_before() {
  const bool any = std::ranges::any_of(scope_.sinks, [&](const SinkPart* sink) {
    return whole_.at(sink->name) && !position_.whole_results.contains(sink->name);
  });
  if (!any) return {};
  if (before_ == nullptr) {
    return std::move(*before_error_)
        .with(
            "the file of the last start, which says what the targets have, cannot be planned: put "
            "back what it names (set ${NAME} in the environment), or give the sinks of mode upsert "
            "other names and targets");
  }
  SLUICE_TRY(keep_results_of(*before_));
  SLUICE_TRY(open());
  SLUICE_ASSIGN(const state::Position now, checkpoint_->position());
  if (now.next_batch == position_.next_batch) return {};
  return Error(Kind::kConflict, "the pipeline has run meanwhile: " + pipeline_.checkpoint);
}

Status Rebuild::keep_results_of(const Pipeline& before) {
  sql::Session& session = checkpoint_->session();
  SLUICE_TRY(sql::set_time_zone(session, before.time_zone));
  SLUICE_ASSIGN(const auto sql, BatchSql::make(before, session));
  SLUICE_TRY(sql->prepare());
  SLUICE_TRY(sql->open_tables(stop_));
  SLUICE_ASSIGN(const bool tables, sql->refresh_tables(surroundings_.clock.now(), stop_));
  static_cast<void>(tables);
  SLUICE_TRY(session.execute("BEGIN"));
  auto kept = [&]() -> Status {
    // A batch without a record: what several views read is there, and no state changes.
    for (const SourcePart& source : before.sources) SLUICE_TRY(sql->bind(source.name, nullptr));
    const auto used = position_.event_times.used;
    SLUICE_TRY(sql->read_whole(whole_, true));
    SLUICE_TRY(sql->run({used, used}));
    for (const SinkPart* sink : scope_.sinks) {
      if (!whole_.at(sink->name) || position_.whole_results.contains(sink->name)) continue;
      SLUICE_TRY(keep_result(*sink, *sql));
    }
    return {};
  }();
  SLUICE_TRY(session.execute(kept ? "COMMIT" : "ROLLBACK"));
  return kept;
}

Status Rebuild::keep_result(const SinkPart& sink, const BatchSql& before) {
  const auto was =
      std::ranges::find(then_.sinks, sink.name, [](const SinkPart* s) { return s->name; });
  const std::string other = "; give it another name and target";
  if (was == then_.sinks.end()) {
    return user_error(
        subject_of(sink) +
        " was not in the file of the last start, so which rows its target has is not known" +
        other);
  }
  const sql::ViewPlan* const view = before.plan().find((*was)->from);
  if (view == nullptr || !has_whole(before.plan(), view->name)) {
    return user_error(subject_of(sink) + " took rows of '" + (*was)->from +
                      "' as they changed, so which rows its target has is not known" + other);
  }
  const std::string key = key_that_differs(sink, view->schema, now_.plan.find(sink.from)->schema);
  if (!key.empty()) {
    return user_error(
        subject_of(sink) + ": column '" + key +
        "' of its key is new or of another type, so rows that its target has could not be deleted" +
        other);
  }
  return checkpoint_->session().execute("CREATE OR REPLACE TABLE " +
                                        state::before_table(sink.name) + " AS FROM (" +
                                        whole_rows(before.plan(), view->name) + "\n)");
}

Status Rebuild::read_again() {
  Pipeline& again = request_.again;
  again.checkpoint = folder_;
  if (made_.by_shadow) {
    ask_as(pipeline_, again);
  } else {
    remove_folder();
    std::set<std::string> views;
    for (const sql::ViewPlan* view : scope_.views) views.insert(view->name);
    leave_out_the_rest(pipeline_, now_.plan, std::move(views), again);
  }
  SLUICE_TRY(end_where_checkpoint_is(*checkpoint_, position_, pipeline_.checkpoint, &scope_.sources,
                                     again));
  RunSummary summary;
  SLUICE_TRY(run_pipeline(again, surroundings_, summary, stop_));
  if (summary.stopped_by_user) {
    return Error(Kind::kCancelled, "stopped before the end; nothing has changed");
  }
  SLUICE_ASSIGN(const auto side, state::Checkpoint::open(folder_, "", surroundings_.files, {}));
  SLUICE_ASSIGN(const state::Position end, side->position());
  times_ = end.event_times;
  for (const SourcePart& source : again.sources) {
    if (source.until->offset.json.empty()) continue;
    const auto read = std::ranges::find(summary.sources, source.name, &SourceProgress::name);
    Rebuilt::Source done{.name = source.name, .from = {}, .to = end.offsets.at(source.name).json};
    if (read != summary.sources.end()) {
      done.from = read->start_offset;
      done.records = read->rows;
    }
    made_.sources.push_back(std::move(done));
  }
  // A source that begins where the checkpoint is would make an empty result of a full one.
  return made_.by_shadow ? Status() : check_any_read(again, summary);
}

Status Rebuild::take_over() {
  sql::Session& session = checkpoint_->session();
  SLUICE_ASSIGN(const std::string schema, sql::state_schema(session));
  state::EventTimes times = position_.event_times;
  if (times.sources.empty()) {
    times = times_;
  } else {
    times.sources.insert(times_.sources.begin(), times_.sources.end());
  }
  if (!scope_.views.empty()) {
    const std::string file = quote_literal(folder_ + "/state.db");
    SLUICE_TRY(session.execute("ATTACH " + file + " AS rebuilt"));
  }
  crash_point("rebuild.read");
  SLUICE_TRY(
      checkpoint_->rebuild(std::move(times), whole_, [&] { return take_tables(session, schema); }));
  crash_point("rebuild.done");
  if (!scope_.views.empty()) SLUICE_TRY(session.execute("DETACH rebuilt"));
  checkpoint_.reset();
  return {};
}

Status Rebuild::take_tables(sql::Session& session, const std::string& schema) {
  for (const sql::ViewPlan* view : scope_.views) {
    for (const std::string& name : view->state_tables) {
      const std::string table = schema + quote_identifier(name);
      const std::string rows = "SELECT * FROM rebuilt.state." + quote_identifier(name);
      SLUICE_TRY(sql::create_state_table(session, table, rows));
      SLUICE_TRY(session.execute("INSERT INTO " + table + " " + rows));
    }
    const std::string same = " WHERE view = " + quote_literal(view->name);
    SLUICE_TRY(session.execute("DELETE FROM sluice.views" + same));
    SLUICE_TRY(
        session.execute("INSERT INTO sluice.views SELECT * FROM rebuilt.sluice.views" + same));
  }
  SLUICE_TRY(checkpoint_->set_time_zone(pipeline_.time_zone));
  return checkpoint_->set_pipeline_text(pipeline_.text, pipeline_.sql_variables);
}

}  // namespace

Result<Rebuilt> rebuild(const RebuildRequest& request, const Surroundings& surroundings,
                        std::stop_token stop) {
  return Rebuild(request, surroundings, std::move(stop)).run();
}

}  // namespace sluice::engine
