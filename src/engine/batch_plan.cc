#include <algorithm>
#include <utility>

#include "base/log.h"
#include "engine/accounting.h"
#include "engine/batch_loop.h"
#include "engine/observed_events.h"

namespace sluice::engine {

Result<bool> BatchLoop::plan(BatchInHand& batch) {
  batch.id = next_batch_;
  batch.started = surroundings_.clock.now();
  batch.plan_hash = surroundings_.random.uuid();
  const bool once = pipeline_.trigger.kind == Trigger::Kind::kOnce;
  SLUICE_TRY(replays_.take_in());
  SLUICE_ASSIGN(batch.replayed, replays_.next(/*all=*/once));
  bool any = !batch.replayed.empty();
  bool silent = true;
  for (SourcePart& source : pipeline_.sources) {
    const data::Offset& from = offsets_[source.name];
    SLUICE_ASSIGN(SourceRange range, next_range(source, from));
    if (range.to != from || batch.replayed.contains(source.name)) {
      silent = silent && !moves_watermark(source.name, sql_, clock_);
    }
    if (range.to != from) {
      any = true;
      batch.log_entries[source.name] = std::move(range.log_entry);
      if (range.records) batch.records[source.name] = std::move(range.records);
    }
    batch.from[source.name] = from;
    batch.to[source.name] = std::move(range.to);
  }
  const bool ends =
      schedule_.is_bounded() ? !schedule_.waits_for_more(offsets_) : schedule_.all_ended(offsets_);
  if (surroundings_.part) clock_.begin(surroundings_.part());
  // A run that ends by itself does not wait for silence.
  clock_.tick(batch.started, silent, !once && !schedule_.is_bounded());
  if (!any) clock_.reach_end();
  batch.clock = clock_;
  SLUICE_ASSIGN(const bool waits, watermark_waits());
  const bool final_results = !once && clock_.has_moved() && waits;
  batch.waiting = waiting_;
  batch.at_end = once || (ends && !any && !final_results);
  return any || final_results || !whole_results_.empty() ||
         waiting_rows_.due(waiting_, batch.started, batch.at_end);
}

Result<SourceRange> BatchLoop::next_range(SourcePart& source, const data::Offset& from) {
  if (source.until && source.until->offset.json.empty()) return SourceRange{.to = from};
  if (auto ahead = ahead_.take(source.name, from)) return *std::move(ahead);
  data::ReadLimit limit = source.limit;
  if (pipeline_.trigger.kind == Trigger::Kind::kOnce) limit = {.all = true};
  limit.at_hand = pipeline_.trigger.kind == Trigger::Kind::kContinuous && !schedule_.is_bounded();
  SourceRange range;
  SLUICE_ASSIGN(range.to, source.source->latest(from, limit));
  if (range.to != from) {
    SLUICE_ASSIGN(range.log_entry, source.source->log_entry(from, range.to));
  }
  return range;
}

Result<bool> BatchLoop::refresh_tables(const BatchInHand& batch, bool for_batch,
                                       std::stop_token stop) {
  const bool is_dashboard = pipeline_.sources.empty() && !pipeline_.watchers.empty();
  const bool feed = is_dashboard || std::ranges::any_of(pipeline_.sinks, [this](const auto& sink) {
                      return fed_by_tables(sink);
                    });
  if (!for_batch && !feed) return false;
  SLUICE_ASSIGN(const bool changed, sql_.refresh_tables(batch.started, stop));
  tables_changed_ = tables_changed_ || changed;
  return feed && tables_changed_;
}

Result<bool> BatchLoop::watermark_waits() {
  const bool any = std::ranges::any_of(sql_.plan().views, [this](const sql::ViewPlan& view) {
    return view.waits_for_watermark && sql_.graph().live(view.name);
  });
  // While the watermark goes on with the clock it moves for ever, and then only rows count.
  if (!any || !clock_.has_advanced()) return any;
  if (!rows_wait_) {
    SLUICE_ASSIGN(rows_wait_, sql_.rows_wait());
  }
  return *rows_wait_;
}

}  // namespace sluice::engine
