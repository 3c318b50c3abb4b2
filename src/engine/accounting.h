#pragma once

#include <map>
#include <string>

#include "engine/batch_sql.h"
#include "engine/pipeline.h"
#include "engine/progress.h"
#include "state/checkpoint.h"

namespace sluice::engine {

/// Fills rows_in, dead_letters, kept and filtered of `sink` from the sources' counts and the rows
/// that it staged or that reached its aggregates.
void balance_sink(BatchProgress& progress, const SinkPart& sink, const BatchSql& sql);

/// What is still to be read and how large the state is, after the batch.
void add_lag_and_state(BatchProgress& progress, Pipeline& pipeline, const BatchSql& sql,
                       state::Checkpoint& checkpoint,
                       const std::map<std::string, data::Offset>& offsets);

void add_to_summary(Summary& summary, const BatchProgress& batch);

/// JSON of offsets and counts for sinks that keep a log.
std::string batch_notes(const BatchProgress& progress);

}  // namespace sluice::engine
