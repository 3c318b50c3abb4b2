#pragma once

#include <map>
#include <memory>
#include <string>

#include "data/record_batch.h"
#include "engine/batch_sql.h"
#include "engine/event_clock.h"
#include "sluice/base/result.h"

namespace sluice::engine {

/// Rows of the source may be events by which the watermark moves: its own, or those of a view that
/// has a watermark.
bool moves_watermark(const std::string& source, const BatchSql& sql, const EventClock& clock);

/// Lets `clock` see the events of a batch, once its views have run. `records`: by source, of those
/// that the batch reads. Engine thread only.
Status observe_events(BatchSql& sql,
                      const std::map<std::string, std::unique_ptr<data::RecordBatch>>& records,
                      Micros now, EventClock& clock);

}  // namespace sluice::engine
