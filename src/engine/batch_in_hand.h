#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/offset.h"
#include "data/record_batch.h"
#include "engine/batch_sql.h"
#include "engine/dead_letters.h"
#include "engine/event_clock.h"
#include "engine/pipeline.h"
#include "engine/replayed_records.h"
#include "engine/replays.h"
#include "engine/waiting_rows.h"
#include "sluice/progress.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// One batch on its road from plan to commit.
struct BatchInHand {
  data::BatchId id = 0;
  Micros started = 0;
  std::string plan_hash;
  std::map<std::string, data::Offset> from;
  std::map<std::string, data::Offset> to;   ///< equal to `from` where nothing is read
  ReplayedLetters replayed;                 ///< dead letters among the records
  std::unique_ptr<ReplayJoin> replay_join;  ///< what `messages` and `records` refer to, of them
  /// What `records` refers to, of sources whose messages hold several (Decoder::present).
  std::map<std::string, std::unique_ptr<data::RecordBatch>> messages;
  std::map<std::string, std::unique_ptr<data::RecordBatch>> records;
  std::map<std::string, std::unique_ptr<DeadLetterBatch>> letters;
  std::map<std::string, std::string> log_entries;  ///< what sources want remembered
  std::vector<state::OutboxEntry> outbox;
  WaitingBySink waiting;
  bool at_end = false;  ///< what waits is written now: no later batch is sure to come
  EventClock clock;     ///< with what the batch's rows say of event time
  BatchProgress progress;
};

/// Counts what became of the batch's records, into its progress. After the last query over them.
void count_records(BatchInHand& batch, const Pipeline& pipeline, const BatchSql& sql);

}  // namespace sluice::engine
