#include "engine/batch_loop.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/accounting.h"
#include "engine/node_progress.h"
#include "engine/observed_events.h"
#include "engine/publisher.h"

namespace sluice::engine {
namespace {

/// How long an idle continuous pipeline waits before it asks its sources again.
constexpr std::chrono::milliseconds kIdleWait{50};

}  // namespace

BatchLoop::BatchLoop(const BatchParts& parts, state::Position position, RunSummary& summary)
    : pipeline_(parts.pipeline),
      sql_(parts.sql),
      checkpoint_(parts.checkpoint),
      backup_(parts.backup),
      claims_(parts.claims),
      watch_(parts.watch),
      surroundings_(parts.surroundings),
      savepoints_(pipeline_, checkpoint_, surroundings_, backup_),
      schedule_(pipeline_, surroundings_, checkpoint_, watch_,
                [this] { savepoints_.between_batches(next_batch_ - 1); }),
      outlets_(outlets_of(pipeline_)),
      next_batch_(position.next_batch),
      offsets_(std::move(position.offsets)),
      sink_positions_(std::move(position.sinks)),
      whole_results_(whole_results_due(pipeline_, sql_.plan(), position.whole_results)),
      ahead_(pipeline_),
      waiting_rows_(pipeline_, checkpoint_.session()),
      replays_(pipeline_, checkpoint_, surroundings_.files,
               [this](const std::string& source) { return sql_.graph().live(source); }),
      clock_(pipeline_, sql_.graph().live_names(), std::move(position.event_times),
             surroundings_.clock.now()),
      summary_(summary) {}

Status BatchLoop::run(std::stop_token stop) {
  const auto start = surroundings_.clock.steady();
  SLUICE_TRY(open_waiting());
  SLUICE_TRY(replays_.open());
  savepoints_.open();
  const Retries retries(pipeline_, surroundings_, stop);
  SLUICE_TRY(retries.run_at_start("ask for the start", [&] { return ask_starts(); }));
  auto result = run_trigger(stop);
  summary_.stopped_by_user = stop.stop_requested();
  summary_.duration_us += (surroundings_.clock.steady() - start).count() / 1000;
  if (!result && result.error().kind() != Kind::kCancelled) return result;
  SLUICE_TRY(watch_.rest(surroundings_.clock.now()));
  // What was committed and did not get through is published by the next start.
  if (!unpublished_) SLUICE_TRY(checkpoint_.note_published());
  return backup_.finish();
}

/// A source that this checkpoint does not know yet begins where its `start` option says.
Status BatchLoop::ask_starts() {
  for (SourcePart& source : pipeline_.sources) {
    if (source.until && !source.until->offset.json.empty()) {
      auto ends = source.source->end_at(*source.until);
      if (!ends) return std::move(ends).error().with("source " + source.name);
    }
    if (!offsets_.contains(source.name)) {
      SLUICE_ASSIGN(data::Offset start, source.source->initial());
      // Kept at once: `start: latest` means the latest of the first run, not of the next one.
      SLUICE_TRY(checkpoint_.set_offset(source.name, start));
      log_info("source " + source.name + " begins at " + data::shown_offset(start.json));
      offsets_[source.name] = std::move(start);
    }
    if (pipeline_.trigger.kind == Trigger::Kind::kAvailableNow && !source.until) {
      SLUICE_TRY(source.source->freeze());
    }
  }
  return {};
}

Status BatchLoop::open_waiting() {
  std::map<std::string, std::string> selects;
  for (const SinkPart& sink : pipeline_.sinks) selects[sink.name] = sql_.select_for(sink);
  SLUICE_ASSIGN(waiting_, waiting_rows_.open(selects));
  return {};
}

Status BatchLoop::run_trigger(std::stop_token stop) {
  const Trigger::Kind trigger = pipeline_.trigger.kind;
  while (true) {
    SLUICE_ASSIGN(const bool goes_on, schedule_.wait(stop));
    if (!goes_on) return {};
    SLUICE_ASSIGN(const bool any, run_batch(stop));
    backup_.between_batches(next_batch_ - 1);
    if (!any) SLUICE_TRY(watch_.between(surroundings_.clock.now(), nullptr));
    if (trigger == Trigger::Kind::kOnce) {
      tidy(false);
      return {};
    }
    if (any && trigger != Trigger::Kind::kEvery) tidy(true);
    if (schedule_.is_bounded()) {
      if (!any && !schedule_.waits_for_more(offsets_)) {
        tidy(false);
        return {};
      }
      if (!any) wait_for_data(stop);
    } else if (!any && schedule_.all_ended(offsets_)) {
      tidy(false);
      return {};
    } else if (trigger == Trigger::Kind::kEvery) {
      SLUICE_TRY(checkpoint_.tidy());
      if (any) tidy(false);
      schedule_.wait_for_tick();
    } else if (!any) {
      SLUICE_TRY(checkpoint_.tidy());
      tidy(false);
      wait_for_data(stop);
    }
  }
}

void BatchLoop::wait_for_data(std::stop_token stop) {
  if (pipeline_.sources.empty()) {
    surroundings_.clock.sleep_for(kIdleWait, stop);
    return;
  }
  SourcePart& first = pipeline_.sources.front();
  first.source->wait_for_data(offsets_[first.name], kIdleWait, stop, surroundings_.clock);
}

Result<bool> BatchLoop::run_batch(std::stop_token stop) {
  BatchInHand batch;
  const Retries retries(pipeline_, surroundings_, stop);
  SLUICE_ASSIGN(const Attempt made, retries.run("batch " + std::to_string(next_batch_), [&] {
    Result<Attempt> made = Attempt::kAgain;
    while (made && *made == Attempt::kAgain) {
      batch = BatchInHand();
      made = attempt(batch, stop);
    }
    return made;
  }));
  if (made == Attempt::kNothing) return false;
  SLUICE_TRY(retries.run("backup of batch " + std::to_string(batch.id),
                         [&] { return backup_.before_publish(batch.id); }));
  SLUICE_TRY(publish_and_read_ahead(batch, retries, stop));
  unpublished_ = false;
  finish(batch);
  SLUICE_TRY(watch_.between(surroundings_.clock.now(), &batch.progress));
  return true;
}

/// Plan to commit. On an error before the commit everything is taken back.
Result<BatchLoop::Attempt> BatchLoop::attempt(BatchInHand& batch, std::stop_token stop) {
  lap_start_ = surroundings_.clock.steady();
  SLUICE_ASSIGN(const bool any, plan(batch));
  SLUICE_ASSIGN(const bool tables, refresh_tables(batch, any, stop));
  if (!any && !tables) return Attempt::kNothing;
  crash_point("engine.planned");
  lap(batch, "plan");
  SLUICE_TRY(read(batch, stop));
  crash_point("engine.read");
  SLUICE_TRY(prepare(batch));
  crash_point("engine.prepared");
  lap(batch, "read");
  SLUICE_TRY(claim_targets());
  SLUICE_TRY(checkpoint_.begin());
  crash_point("engine.begun");
  auto staged = run_and_stage(batch);
  if (staged && *staged == Attempt::kReady) {
    if (auto held = check_claims(batch); !held) staged = std::move(held).error();
  }
  if (!staged) {
    return with_replayed(batch.replayed,
                         Claims::explain(take_back(std::move(staged).error()), outlets_));
  }
  if (*staged == Attempt::kAgain) {
    checkpoint_.rollback();
    discard();
    return staged;
  }
  crash_point("engine.recorded");
  lap(batch, "stage");
  unpublished_ = true;  // also when the commit does not say whether it happened
  SLUICE_TRY(checkpoint_.commit());
  crash_point("engine.committed");
  lap(batch, "commit");
  return Attempt::kReady;
}

Status BatchLoop::claim_targets() {
  for (const Outlet& outlet : outlets_) {
    const auto known = sink_positions_.find(outlet.name);
    auto held = claims_.hold(
        outlet, known == sink_positions_.end() ? std::nullopt : std::optional(known->second));
    if (!held) return std::move(held).error().with("sink " + outlet.name);
  }
  return {};
}

/// A run that was fenced must not commit what it cannot publish.
Status BatchLoop::check_claims(const BatchInHand& batch) const {
  for (const state::OutboxEntry& entry : batch.outbox) {
    SLUICE_TRY(
        Claims::check(*std::ranges::find(outlets_, entry.sink, &Outlet::name), &entry.staged));
  }
  return {};
}

Error BatchLoop::take_back(Error error) {
  checkpoint_.rollback();
  error = sql_.name_culprit(std::move(error), surroundings_.clock);
  discard();
  return error;
}

void BatchLoop::discard() {
  if (auto result = sql_.clear(); !result) log_warn("free the batch: " + result.error().message());
  // All earlier batches are published, so whatever is staged belongs to the failed try; or to
  // another checkpoint, as long as this one has given the sink nothing.
  for (const Outlet& outlet : outlets_) {
    if (!sink_positions_.contains(outlet.name)) continue;
    if (auto result = outlet.sink->discard_staged(); !result) {
      log_warn("sink " + outlet.name + ": discard: " + result.error().message());
    }
  }
}

Status BatchLoop::read(BatchInHand& batch, std::stop_token stop) {
  for (SourcePart& source : pipeline_.sources) {
    const data::Offset& from = batch.from[source.name];
    const data::Offset& to = batch.to[source.name];
    if (from == to || batch.records.contains(source.name)) continue;
    auto records = source.source->read(from, to, stop);
    if (!records) return std::move(records).error().with("source " + source.name);
    batch.records[source.name] = *std::move(records);
  }
  join_replayed(batch);
  return {};
}

void BatchLoop::join_replayed(BatchInHand& batch) {
  if (batch.replayed.empty()) return;
  batch.replay_join = std::make_unique<ReplayJoin>(batch.replayed);
  for (const SourcePart& source : pipeline_.sources) {
    batch.replay_join->add_messages(source, batch.records);
  }
}

Status BatchLoop::prepare(BatchInHand& batch) {
  for (SourcePart& source : pipeline_.sources) {
    if (source.decoder == nullptr || !sql_.graph().live(source.name)) continue;
    if (const auto records = batch.records.find(source.name); records != batch.records.end()) {
      auto prepared = source.decoder->prepare(*records->second);
      if (!prepared) return std::move(prepared).error().with("source " + source.name);
      if (auto presented = source.decoder->present(*records->second)) {
        batch.messages[source.name] = std::exchange(records->second, std::move(presented));
      }
    }
    if (batch.replay_join != nullptr) batch.replay_join->add_elements(source, batch.records);
  }
  return {};
}

Result<BatchLoop::Attempt> BatchLoop::run_and_stage(BatchInHand& batch) {
  for (const SourcePart& source : pipeline_.sources) {
    const auto found = batch.records.find(source.name);
    SLUICE_TRY(
        sql_.bind(source.name, found == batch.records.end() ? nullptr : found->second.get()));
  }
  const Watermarks watermarks = batch.clock.watermarks();
  batch.progress.watermark_us = watermarks.now;
  if (!whole_results_.empty()) SLUICE_TRY(sql_.read_whole(whole_results_, true));
  SLUICE_TRY(sql_.run(watermarks));
  SLUICE_TRY(observe_events(sql_, batch.records, batch.started, batch.clock));
  batch.clock.end_batch(batch.started);
  crash_point("engine.run");
  lap(batch, "run");
  note_decoding(batch.progress, sql_, "run");
  for (const Outlet& outlet : outlets_) {
    if (outlet.part == nullptr) continue;
    const bool whole = takes_whole(*outlet.part, sql_.plan(), whole_results_);
    if (fed_by_tables(*outlet.part) && !tables_changed_ && !whole) continue;
    if (batch.waiting.contains(outlet.name) && !whole) {
      SLUICE_TRY(let_wait(batch, outlet));
      continue;
    }
    const auto start = surroundings_.clock.steady();
    SLUICE_ASSIGN(const auto rows, whole ? sql_.whole_rows_for(*outlet.part, whole_results_)
                                         : sql_.rows_for(*outlet.part));
    SLUICE_ASSIGN(const connector::Staged staged, stage(batch, outlet, *rows));
    batch.progress.sinks.push_back({.name = outlet.name,
                                    .rows = static_cast<std::int64_t>(staged.rows),
                                    .bytes = static_cast<std::int64_t>(staged.bytes),
                                    .duration_us = micros_since(start),
                                    .left_out = outlet.sink->left_out()});
  }
  SLUICE_TRY(waiting_rows_.record(batch.waiting));
  SLUICE_ASSIGN(const bool seen, watch_.look(batch));
  if (!seen) return Attempt::kAgain;
  note_decoding(batch.progress, sql_, "stage");
  if (surroundings_.listener.wants_row_counts()) SLUICE_TRY(count_rows_of_views(sql_));
  SLUICE_ASSIGN(const bool agree, sql_.rejects_agree());
  if (!agree) return Attempt::kAgain;
  SLUICE_TRY(stage_dead_letters(batch));
  SLUICE_TRY(sql_.evict());
  crash_point("engine.staged");
  count_records(batch, pipeline_, sql_);
  SLUICE_TRY(replays_.mark(batch.replayed, batch.id));
  if (!whole_results_.empty()) {
    SLUICE_TRY(sql_.read_whole(whole_results_, false));
    SLUICE_TRY(checkpoint_.forget_whole_results(whole_results_));
  }
  const std::string notes = batch_notes(batch.progress);
  for (state::OutboxEntry& entry : batch.outbox) entry.staged.notes = notes;
  SLUICE_TRY(checkpoint_.record({.batch = batch.id,
                                 .started = batch.started,
                                 .plan_hash = batch.plan_hash,
                                 .offsets = batch.to,
                                 .outbox = batch.outbox,
                                 .event_times = batch.clock.stored(),
                                 .log_entries = batch.log_entries}));
  return Attempt::kReady;
}

Status BatchLoop::let_wait(BatchInHand& batch, const Outlet& outlet) {
  Waiting& waiting = batch.waiting[outlet.name];
  SinkProgress progress{.name = outlet.name};
  const auto start = surroundings_.clock.steady();
  SLUICE_ASSIGN(progress.rows, waiting_rows_.add(*outlet.part, sql_.select_for(*outlet.part),
                                                 batch.started, waiting));
  if (waiting_rows_.due(*outlet.part, waiting, batch.started, batch.at_end)) {
    SLUICE_ASSIGN(const auto rows, waiting_rows_.rows(outlet.name));
    SLUICE_ASSIGN(const connector::Staged staged, stage(batch, outlet, *rows));
    progress.bytes = static_cast<std::int64_t>(staged.bytes);
    progress.left_out = outlet.sink->left_out();
    SLUICE_TRY(waiting_rows_.forget(outlet.name, staged, waiting));
  }
  progress.waiting = waiting.rows;
  progress.duration_us = micros_since(start);
  batch.progress.sinks.push_back(std::move(progress));
  return {};
}

Result<connector::Staged> BatchLoop::stage(BatchInHand& batch, const Outlet& outlet,
                                           connector::BatchTable& rows) {
  auto result = outlet.sink->stage(batch.id, rows);
  if (!result) return std::move(result).error().with("sink " + outlet.name);
  connector::Staged staged = *std::move(result);
  staged.batch = batch.id;
  staged.plan_hash = batch.plan_hash;
  crash_point("engine.staged_one");
  // Nothing to add, nothing to publish; a complete table may have become empty, which is something.
  const bool nothing = staged.rows == 0 && outlet.mode != connector::OutputMode::kComplete;
  if (nothing && outlet.has_head()) return staged;
  std::optional<data::BatchId> previous;
  if (const auto known = sink_positions_.find(outlet.name); known != sink_positions_.end()) {
    previous = known->second.batch;
  }
  batch.outbox.push_back({outlet.name, staged, previous});
  return staged;
}

/// Only now have all queries of the batch met its records.
Status BatchLoop::stage_dead_letters(BatchInHand& batch) {
  for (const Outlet& outlet : outlets_) {
    if (outlet.source == nullptr) continue;
    const SourcePart& source = *outlet.source;
    const auto records = batch.records.find(source.name);
    if (records == batch.records.end()) continue;
    const sql::ScanOutcome outcome = sql_.outcome(source.name);
    if (outcome.rejects.empty()) continue;
    auto letters = std::make_unique<DeadLetterBatch>(*records->second, outcome.rejects,
                                                     *source.decoder, batch.id, source.name);
    if (source.on_error == OnError::kFail) {
      return user_error("E_BAD_RECORD: source " + source.name + ": " + letters->in_words(0) +
                        replayed_words(batch.replayed, source.name, letters->origin(0)) +
                        "; on_error is fail: fix the record's producer, or set on_error to "
                        "dead_letter or null");
    }
    SLUICE_ASSIGN(const auto rows, sql_.dead_letters(source.name, *letters));
    batch.letters[source.name] = std::move(letters);
    SLUICE_ASSIGN(const connector::Staged staged, stage(batch, outlet, *rows));
    static_cast<void>(staged);
  }
  return {};
}

Status BatchLoop::publish_and_read_ahead(BatchInHand& batch, const Retries& retries,
                                         std::stop_token stop) {
  // Nothing reads the batch any more, and two of them at a time would be twice the memory.
  if (auto result = sql_.clear(); !result) log_warn("free the batch: " + result.error().message());
  batch.letters.clear();
  batch.records.clear();
  batch.messages.clear();
  batch.replay_join.reset();
  // A tick's batch takes what is there at the tick.
  const bool goes_on = pipeline_.trigger.kind == Trigger::Kind::kAvailableNow ||
                       pipeline_.trigger.kind == Trigger::Kind::kContinuous;
  if (goes_on) ahead_.begin(batch.to, stop);
  auto published = publish(batch, retries);
  ahead_.wait();
  return published;
}

/// All batches are published.
void BatchLoop::tidy(bool busy) {
  for (const Outlet& outlet : outlets_) {
    if (auto done = outlet.sink->tidy(busy); !done) {
      log_warn("sink " + outlet.name + ": tidy: " + done.error().message());
    }
  }
}

void BatchLoop::finish(BatchInHand& batch) {
  offsets_ = batch.to;
  clock_ = batch.clock;
  waiting_ = batch.waiting;
  whole_results_.clear();
  tables_changed_ = false;
  rows_wait_.reset();
  next_batch_ = batch.id + 1;
  for (SourcePart& source : pipeline_.sources) {
    if (batch.from[source.name] != batch.to[source.name]) {
      source.source->release(batch.to[source.name]);
    }
  }
  crash_point("engine.released");
  if (!batch.replayed.empty()) replays_.note();
  add_lag_and_state(batch.progress, pipeline_, sql_, checkpoint_, offsets_,
                    surroundings_.clock.steady());
  batch.progress.duration_us = surroundings_.clock.now() - batch.started;
  add_to_summary(summary_, batch.progress);
  add_advice(pipeline_, summary_, batch.progress);
  surroundings_.listener.on_batch(batch.progress);
}

std::int64_t BatchLoop::micros_since(std::chrono::nanoseconds start) const {
  return (surroundings_.clock.steady() - start).count() / 1000;
}

void BatchLoop::lap(BatchInHand& batch, const std::string& phase) {
  const auto now = surroundings_.clock.steady();
  batch.progress.phase_us[phase] += (now - lap_start_).count() / 1000;
  lap_start_ = now;
}

}  // namespace sluice::engine
