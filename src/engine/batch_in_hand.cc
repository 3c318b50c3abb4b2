#include "engine/batch_in_hand.h"

#include "engine/accounting.h"
#include "engine/node_progress.h"

namespace sluice::engine {

void count_records(BatchInHand& batch, const Pipeline& pipeline, const BatchSql& sql) {
  BatchProgress& progress = batch.progress;
  progress.batch = batch.id;
  progress.started_us = batch.started;
  for (const SourcePart& source : pipeline.sources) {
    const auto records = batch.records.find(source.name);
    const auto letters = batch.letters.find(source.name);
    SourceProgress& counted = progress.sources.emplace_back(
        count_source(source, records == batch.records.end() ? nullptr : records->second.get(),
                     letters == batch.letters.end() ? nullptr : letters->second.get()));
    if (const auto replayed = batch.replayed.find(source.name); replayed != batch.replayed.end()) {
      counted.replayed = static_cast<std::int64_t>(replayed->second.size());
    }
    counted.latest_event_us = batch.clock.latest(source.name);
    counted.start_offset = batch.from[source.name].json;
    counted.end_offset = batch.to[source.name].json;
  }
  for (const auto& [view, watermark] : pipeline.view_watermarks) {
    if (const auto latest = batch.clock.latest(view)) progress.view_events_us[view] = *latest;
  }
  for (const SinkPart& sink : pipeline.sinks) balance_sink(progress, sink, sql);
  add_nodes(progress, pipeline, sql);
}

}  // namespace sluice::engine
