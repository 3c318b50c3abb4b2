#pragma once

#include <string>

#include "sluice/pipeline.h"
#include "sluice/progress.h"

namespace sluice::cli {

/// What a run did, as a table that adds up for every sink: rows in + added = rows out + filtered +
/// dead letters + late. Below it the dead letters with where they lie and, for the most frequent
/// reasons, how many there are and an example; then the late rows of each view and the delays that
/// would have kept them.
std::string summary_text(const PipelineDescription& pipeline, const RunSummary& summary,
                         bool colour);

}  // namespace sluice::cli
