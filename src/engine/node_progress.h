#pragma once

#include <string>

#include "engine/batch_sql.h"
#include "engine/pipeline.h"
#include "sluice/base/result.h"
#include "sluice/progress.h"

namespace sluice::engine {

/// Adds what was decoded since the phase before to `phase`; at its end.
void note_decoding(BatchProgress& progress, const BatchSql& sql, const std::string& phase);

/// Counts the rows of those views that run on the batch alone and that nothing else counts, by
/// running them. Within the batch, before BatchSql::rejects_agree().
Status count_rows_of_views(BatchSql& sql);

/// What came out of each source and view, as far as it is known, and how long each took by itself.
/// After the batch's sources and sinks are counted.
void add_nodes(BatchProgress& progress, const Pipeline& pipeline, const BatchSql& sql);

}  // namespace sluice::engine
