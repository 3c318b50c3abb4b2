#include "app/live/pipeline_record.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::app {
namespace {

std::int64_t late_of(const BatchProgress& batch) {
  std::int64_t late = 0;
  for (const ViewProgress& view : batch.views) late += view.late;
  return late;
}

template <class Progress>
const Progress* find(const std::vector<Progress>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Progress::name);
  return found == all.end() ? nullptr : &*found;
}

/// Adds the rows of `before` to those of `batch`, which came after it.
void add_rows(const BatchProgress& before, BatchProgress& batch) {
  for (SourceProgress& source : batch.sources) {
    const SourceProgress* old = find(before.sources, source.name);
    if (old == nullptr) continue;
    source.rows += old->rows;
    source.dead_letters += old->dead_letters;
    source.blank_lines += old->blank_lines;
    source.start_offset = old->start_offset;
  }
  for (SinkProgress& sink : batch.sinks) {
    const SinkProgress* old = find(before.sinks, sink.name);
    if (old == nullptr) continue;
    sink.rows_in += old->rows_in;
    sink.added += old->added;
    sink.dead_letters += old->dead_letters;
    sink.filtered += old->filtered;
    sink.late += old->late;
    sink.kept += old->kept;
    sink.rows += old->rows;
    sink.bytes += old->bytes;
  }
  for (NodeProgress& node : batch.nodes) {
    const NodeProgress* old = find(before.nodes, node.name);
    if (old != nullptr && node.rows && old->rows) *node.rows += *old->rows;
  }
}

}  // namespace

void DurationHistogram::add(std::int64_t micros) {
  const auto bound = std::ranges::lower_bound(kBounds, static_cast<double>(micros) / 1e6);
  ++counts_.at(static_cast<std::size_t>(bound - kBounds.begin()));
  sum_us_ += micros;
}

void PipelineRecord::add(const BatchProgress& batch, std::int64_t now_us) {
  count(batch);
  const std::int64_t rows = rows_of(batch);
  for (const NodeProgress& node : batch.nodes) {
    if (node.rows && rows > 0) {
      shares_[node.name] = static_cast<double>(*node.rows) / static_cast<double>(rows);
    }
  }
  BatchProgress newest = batch;
  if (news_) {
    add_rows(*news_, newest);
    ++news_told_.skipped;
  } else {
    news_told_ = {};
  }
  news_told_.rows += rows;
  news_told_.dead_letters += dead_letters_of(batch);
  news_told_.late += late_of(batch);
  news_told_.judged = {.batch = batch.batch,
                       .ended_us = now_us,
                       .duration_us = batch.duration_us,
                       .rows = rows,
                       .steps = steps_of(batch),
                       .lag = lag_of(batch)};
  news_ = std::move(newest);
}

void PipelineRecord::count(const BatchProgress& batch) {
  ++counters_.batches;
  counters_.durations.add(batch.duration_us);
  const BatchSteps steps = steps_of(batch);
  counters_.step_us["plan"] += steps.plan;
  counters_.step_us["read"] += steps.read;
  counters_.step_us["decode"] += steps.decode;
  counters_.step_us["sql"] += steps.sql;
  counters_.step_us["stage"] += steps.stage;
  counters_.step_us["commit"] += steps.commit;
  counters_.step_us["publish"] += steps.publish;
  for (const SourceProgress& source : batch.sources) {
    SourceCounters& sum = counters_.sources[source.name];
    sum.rows += source.rows;
    sum.dead_letters += source.dead_letters;
    sum.blank_lines += source.blank_lines;
    dead_letters_ += source.dead_letters;
    for (const DeadLetterReason& reason : source.reasons) {
      const auto known = std::ranges::find(reasons_, reason.reason, &DeadLetterReason::reason);
      if (known != reasons_.end()) {
        known->count += reason.count;
      } else if (reasons_.size() < kReasonsMax) {
        reasons_.push_back(reason);
      }
    }
  }
  for (const SinkProgress& sink : batch.sinks) {
    SinkCounters& sum = counters_.sinks[sink.name];
    sum.rows += sink.rows;
    sum.bytes += sink.bytes;
    sum.filtered += sink.filtered;
    sum.late += sink.late;
  }
}

BatchProgress PipelineRecord::tell(ToldBatch& told) {
  told = std::exchange(news_told_, {});
  BatchProgress batch = *std::exchange(news_, std::nullopt);
  told_.push_back(told);
  if (told_.size() > kToldMax) told_.pop_front();
  whole_.push_back(batch);
  if (whole_.size() > kWholeMax) whole_.pop_front();
  return batch;
}

std::vector<JudgedBatch> PipelineRecord::judged() const {
  std::vector<JudgedBatch> all;
  all.reserve(told_.size());
  for (const ToldBatch& told : told_) all.push_back(told.judged);
  return all;
}

std::optional<std::int64_t> PipelineRecord::estimated_rows(const std::string& node,
                                                           std::int64_t rows_read) const {
  const auto share = shares_.find(node);
  if (share == shares_.end()) return std::nullopt;
  return std::llround(share->second * static_cast<double>(rows_read));
}

}  // namespace sluice::app
