#include "engine/accounting.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace sluice::engine {
namespace {

/// Whether the rows of `name` are those of an aggregate, so that input rows end in its state.
bool is_result(const std::string& name, const sql::Plan& plan) {
  const sql::ViewPlan* view = plan.find(name);
  if (view == nullptr) return false;
  if (view->kind == sql::ViewKind::kAggregate) return true;
  return std::ranges::any_of(view->inputs,
                             [&plan](const std::string& input) { return is_result(input, plan); });
}

/// Input rows that got as far as the rows of `name`: through the filters and past the repeated
/// ones, or into the state of the first aggregate; and those that came too late on the way.
BatchSql::ViewCounts rows_kept(const std::string& name, const BatchSql& sql,
                               std::int64_t rows_staged) {
  const sql::ViewPlan* view = sql.plan().find(name);
  if (view == nullptr) return {rows_staged, 0};
  BatchSql::ViewCounts kept;
  bool result_below = false;
  for (const std::string& input : view->inputs) {
    const BatchSql::ViewCounts below = rows_kept(input, sql, rows_staged);
    kept.rows += below.rows;
    kept.late += below.late;
    result_below = result_below || is_result(input, sql.plan());
  }
  const BatchSql::ViewCounts own = sql.counts(name);
  kept.late += own.late;
  if (view->kind == sql::ViewKind::kAggregate) {
    kept.rows = own.rows - own.late;
  } else if (!result_below) {
    kept.rows = rows_staged;
  }
  return kept;
}

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

void balance_sink(BatchProgress& progress, const SinkPart& sink, const BatchSql& sql) {
  SinkProgress& counts = entry_of(progress.sinks, sink.name);
  for (const std::string& name : sql.graph().sources_of(sink.from)) {
    const SourceProgress& source = entry_of(progress.sources, name);
    counts.rows_in += source.rows;
    counts.dead_letters += source.dead_letters;
  }
  const BatchSql::ViewCounts kept = rows_kept(sink.from, sql, counts.rows);
  counts.kept = kept.rows;
  counts.late = kept.late;
  counts.filtered = counts.rows_in - counts.dead_letters - counts.late - counts.kept;
}

void add_lag_and_state(BatchProgress& progress, Pipeline& pipeline, const BatchSql& sql,
                       state::Checkpoint& checkpoint,
                       const std::map<std::string, data::Offset>& offsets) {
  for (SourcePart& source : pipeline.sources) {
    const auto lag = source.source->lag(offsets.at(source.name));
    if (!lag) continue;
    SourceProgress& entry = entry_of(progress.sources, source.name);
    entry.lag = lag->records;
    entry.lag_bytes = lag->bytes;
  }
  for (const sql::ViewPlan& view : sql.plan().views) {
    if (!view.has_state()) continue;
    const BatchSql::ViewCounts counts = sql.counts(view.name);
    ViewProgress own{view.name, counts.rows, counts.late, 0};
    for (const std::string& table : view.state_tables) {
      if (const auto rows = checkpoint.state_rows(table); rows) {
        own.state_rows += *rows;
      } else {
        log_warn("count the state of " + view.name + ": " + rows.error().message());
      }
    }
    progress.state_rows += own.state_rows;
    progress.views.push_back(std::move(own));
  }
  progress.state_bytes = checkpoint.file_bytes();
}

void add_to_summary(Summary& summary, const BatchProgress& batch) {
  ++summary.batches;
  for (const SourceProgress& source : batch.sources) {
    SourceProgress& sum = entry_of(summary.sources, source.name);
    if (sum.start_offset.empty()) sum.start_offset = source.start_offset;
    sum.end_offset = source.end_offset;
    sum.rows += source.rows;
    sum.dead_letters += source.dead_letters;
    for (const DeadLetterReason& reason : source.reasons) add_reason(sum.reasons, reason);
    sum.lag = source.lag;
    sum.lag_bytes = source.lag_bytes;
  }
  for (const SinkProgress& sink : batch.sinks) {
    SinkProgress& sum = entry_of(summary.sinks, sink.name);
    sum.rows_in += sink.rows_in;
    sum.dead_letters += sink.dead_letters;
    sum.filtered += sink.filtered;
    sum.late += sink.late;
    sum.kept += sink.kept;
    sum.rows += sink.rows;
    sum.bytes += sink.bytes;
    sum.waiting = sink.waiting;
  }
}

std::string batch_notes(const BatchProgress& progress) {
  nlohmann::json notes;
  notes["batch"] = progress.batch;
  for (const SourceProgress& source : progress.sources) {
    auto& entry = notes["sources"][source.name];
    entry["rows"] = source.rows;
    entry["dead_letters"] = source.dead_letters;
    entry["start"] = nlohmann::json::parse(source.start_offset, nullptr, false);
    entry["end"] = nlohmann::json::parse(source.end_offset, nullptr, false);
  }
  return notes.dump();
}

}  // namespace sluice::engine
