#pragma once

#include <chrono>
#include <map>
#include <string>

#include "data/record_batch.h"
#include "engine/batch_sql.h"
#include "engine/dead_letters.h"
#include "engine/pipeline.h"
#include "sluice/progress.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// How many records of the source there were, and how many became dead letters. Null: none.
SourceProgress count_source(const SourcePart& source, const data::RecordBatch* records,
                            const DeadLetterBatch* letters);

/// Fills rows_in, added, dead_letters, late, kept and filtered of `sink` from the sources' counts,
/// the rows that it staged and those that reached the state below it.
void balance_sink(BatchProgress& progress, const SinkPart& sink, const BatchSql& sql);

/// What is still to be read and how large the state is, after the batch; `now` is the steady
/// clock's.
void add_lag_and_state(BatchProgress& progress, Pipeline& pipeline, const BatchSql& sql,
                       state::Checkpoint& checkpoint,
                       const std::map<std::string, data::Offset>& offsets,
                       std::chrono::nanoseconds now);

void add_to_summary(RunSummary& summary, const BatchProgress& batch);

/// What delays of the watermarks would have kept the rows that came too late in this run, for the
/// batch's progress and for the summary, which has the batch already.
void add_advice(const Pipeline& pipeline, RunSummary& summary, BatchProgress& batch);

/// JSON of offsets and counts for sinks that keep a log.
std::string batch_notes(const BatchProgress& progress);

}  // namespace sluice::engine
