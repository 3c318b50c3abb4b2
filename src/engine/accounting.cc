#include "engine/accounting.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/log.h"
#include "engine/delay_advice.h"

namespace sluice::engine {
namespace {

/// Whether rows end in the view's state, so that what comes out are other rows.
bool takes_up(const sql::ViewPlan& view) {
  return view.kind == sql::ViewKind::kAggregate || view.kind == sql::ViewKind::kJoin;
}

bool is_result(const std::string& name, const sql::Plan& plan) {
  const sql::ViewPlan* view = plan.find(name);
  if (view == nullptr) return false;
  return takes_up(*view) || std::ranges::any_of(view->inputs, [&plan](const std::string& input) {
           return is_result(input, plan);
         });
}

/// Where the input rows of a sink end, each place once.
struct Ends {
  std::set<std::string> late_for;  ///< views that drop those that came too late
  std::set<std::string> states;    ///< views whose state takes them up
  std::set<std::string> sources;   ///< of rows that no state takes up

  /// Adds what lies below `name`; `taken`: its rows have been taken up already.
  void add(const std::string& name, const sql::Plan& plan, bool taken) {
    const sql::ViewPlan* view = plan.find(name);
    if (view == nullptr) {
      if (!taken) sources.insert(name);
      return;
    }
    const bool of_results = std::ranges::any_of(
        view->inputs, [&plan](const std::string& input) { return is_result(input, plan); });
    if (view->has_state() && !of_results) {
      late_for.insert(name);
      if (takes_up(*view)) states.insert(name);
      taken = taken || takes_up(*view);
    }
    for (const std::string& input : view->inputs) add(input, plan, taken);
  }
};

template <class Progress>
Progress& entry_of(std::vector<Progress>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &Progress::name);
  if (found != entries.end()) return *found;
  Progress& entry = entries.emplace_back();
  entry.name = name;
  return entry;
}

void add_reason(std::vector<DeadLetterReason>& sums, const DeadLetterReason& reason) {
  const auto found = std::ranges::find(sums, reason.reason, &DeadLetterReason::reason);
  if (found == sums.end()) {
    sums.push_back(reason);
  } else {
    found->count += reason.count;
  }
}

}  // namespace

SourceProgress count_source(const SourcePart& source, const data::RecordBatch* records,
                            const DeadLetterBatch* letters) {
  SourceProgress progress;
  progress.name = source.name;
  if (records != nullptr) {
    progress.rows = static_cast<std::int64_t>(records->size());
    progress.blank_lines = records->blank_lines();
  }
  if (letters != nullptr) {
    progress.dead_letters = static_cast<std::int64_t>(letters->size());
    progress.reasons = letters->reasons();
  }
  return progress;
}

void balance_sink(BatchProgress& progress, const SinkPart& sink, const BatchSql& sql) {
  SinkProgress& counts = entry_of(progress.sinks, sink.name);
  for (const std::string& name : sql.graph().sources_of(sink.from)) {
    const SourceProgress& source = entry_of(progress.sources, name);
    counts.rows_in += source.rows;
    counts.dead_letters += source.dead_letters;
  }
  Ends ends;
  ends.add(sink.from, sql.plan(), /*taken=*/false);
  for (const std::string& view : ends.late_for) counts.late += sql.counts(view).late;
  if (ends.states.empty()) {
    counts.kept = counts.rows;
  } else {
    for (const std::string& view : ends.states) {
      counts.kept += sql.counts(view).rows - sql.counts(view).late;
    }
    for (const std::string& name : ends.sources) {
      const SourceProgress& source = entry_of(progress.sources, name);
      counts.kept += source.rows - source.dead_letters;
    }
  }
  const std::int64_t rest = counts.rows_in - counts.dead_letters - counts.late - counts.kept;
  counts.filtered = std::max<std::int64_t>(rest, 0);
  counts.added = std::max<std::int64_t>(-rest, 0);
}

void add_lag_and_state(BatchProgress& progress, Pipeline& pipeline, const BatchSql& sql,
                       state::Checkpoint& checkpoint,
                       const std::map<std::string, data::Offset>& offsets,
                       std::chrono::nanoseconds now) {
  for (SourcePart& source : pipeline.sources) {
    const auto lag = source.source->lag(offsets.at(source.name));
    if (!lag) continue;
    SourceProgress& entry = entry_of(progress.sources, source.name);
    entry.lag = lag->records;
    entry.lag_bytes = lag->bytes;
    entry.lag_us = lag->age;
  }
  for (const sql::ViewPlan& view : sql.plan().views) {
    if (!view.has_state() || !sql.graph().live(view.name)) continue;
    const BatchSql::ViewCounts counts = sql.counts(view.name);
    ViewProgress own;
    own.name = view.name;
    own.rows_in = counts.rows;
    own.late = counts.late;
    own.late_by_us = counts.late_by;
    for (const std::string& table : view.state_tables) {
      if (const auto size = checkpoint.state_size(table, now); size) {
        own.state_rows += size->rows;
        own.state_bytes += size->bytes;
      } else {
        log_warn("measure the state of " + view.name + ": " + size.error().message());
      }
    }
    progress.state_rows += own.state_rows;
    progress.views.push_back(std::move(own));
  }
  progress.state_bytes = checkpoint.file_bytes();
}

void add_to_summary(RunSummary& summary, const BatchProgress& batch) {
  ++summary.batches;
  for (const SourceProgress& source : batch.sources) {
    SourceProgress& sum = entry_of(summary.sources, source.name);
    if (sum.start_offset.empty()) sum.start_offset = source.start_offset;
    sum.end_offset = source.end_offset;
    sum.rows += source.rows;
    sum.dead_letters += source.dead_letters;
    sum.replayed += source.replayed;
    sum.blank_lines += source.blank_lines;
    for (const DeadLetterReason& reason : source.reasons) add_reason(sum.reasons, reason);
    sum.lag = source.lag;
    sum.lag_bytes = source.lag_bytes;
    sum.lag_us = source.lag_us;
  }
  for (const SinkProgress& sink : batch.sinks) {
    SinkProgress& sum = entry_of(summary.sinks, sink.name);
    sum.rows_in += sink.rows_in;
    sum.added += sink.added;
    sum.dead_letters += sink.dead_letters;
    sum.filtered += sink.filtered;
    sum.late += sink.late;
    sum.kept += sink.kept;
    sum.rows += sink.rows;
    sum.bytes += sink.bytes;
    sum.waiting = sink.waiting;
    sum.left_out = sink.left_out;
  }
  for (const ViewProgress& view : batch.views) {
    ViewProgress& sum = entry_of(summary.views, view.name);
    sum.rows_in += view.rows_in;
    sum.late += view.late;
    for (const auto& [too_short, rows] : view.late_by_us) sum.late_by_us[too_short] += rows;
    sum.state_rows = view.state_rows;
    sum.state_bytes = view.state_bytes;
  }
}

void add_advice(const Pipeline& pipeline, RunSummary& summary, BatchProgress& batch) {
  std::map<std::string, Micros> delays;
  for (const auto& [name, watermark] : watermarks_of(pipeline)) delays[name] = watermark->delay;
  for (ViewProgress& view : batch.views) {
    ViewProgress& sum = entry_of(summary.views, view.name);
    view.advice = sum.advice = advise_delays(sum, delays);
  }
}

std::string batch_notes(const BatchProgress& progress) {
  // A sink's log keeps the notes of every batch; an offset that names hundreds of files is kept by
  // the checkpoint alone.
  constexpr std::size_t kOffsetBytesMax = 1024;
  const auto note = [](nlohmann::json& at, const std::string& offset) {
    if (offset.size() <= kOffsetBytesMax) at = parse_json(offset);
  };
  nlohmann::json notes;
  notes["batch"] = progress.batch;
  for (const SourceProgress& source : progress.sources) {
    auto& entry = notes["sources"][source.name];
    entry["rows"] = source.rows;
    entry["dead_letters"] = source.dead_letters;
    note(entry["start"], source.start_offset);
    note(entry["end"], source.end_offset);
  }
  for (const SinkProgress& sink : progress.sinks) {
    if (!sink.left_out.empty()) notes["sinks"][sink.name]["columns_left_out"] = sink.left_out;
  }
  return dump_json(notes);
}

}  // namespace sluice::engine
