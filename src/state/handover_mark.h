#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "sluice/base/result.h"
#include "state/checkpoint.h"

namespace sluice::state {

/// That another engine goes on where the checkpoint is (docs/format/checkpoint.md).
struct HandoverMark {
  std::string to;           ///< "spark"
  std::string id;           ///< a UUID, which is also where the other engine goes on
  std::string folder;       ///< where that is
  data::BatchId batch = 0;  ///< the last one of ours
  Micros time = 0;
};

/// Null: the checkpoint is ours to go on with.
Result<std::optional<HandoverMark>> handover_mark(Checkpoint& checkpoint);
/// Durable after success.
Status set_handover_mark(Checkpoint& checkpoint, const HandoverMark& mark);
/// kConflict E_HANDED_OVER when there is a mark: before anything is run.
Status refuse_handed_over(Checkpoint& checkpoint);

/// Where another engine was, in our words.
struct TakeOver {
  data::BatchId batch = 0;  ///< counts as done
  Micros time = 0;
  std::string plan_hash;
  std::map<std::string, data::Offset> offsets;  ///< by source
  std::map<std::string, std::string> logs;      ///< by source: all that it has logged
  std::map<std::string, SinkPosition> sinks;    ///< those whose target has a new head
  EventTimes event_times;
};

/// Goes on there, and removes the mark: one transaction.
Status take_over(Checkpoint& checkpoint, const TakeOver& there);

/// Rows that wait in a table of the schema `state`; 0: the table is not there.
Result<std::int64_t> rows_in_state(Checkpoint& checkpoint, const std::string& table);
/// Dead letters that wait for the next batch.
Result<std::int64_t> waiting_letters(Checkpoint& checkpoint);

}  // namespace sluice::state
