#pragma once

#include "base/json.h"
#include "sluice/progress.h"

namespace sluice::app {

/// `sources` and `sinks` of snapshot_json(): the sums of a run.
OrderedJson sources_json(const RunSummary& summary);
OrderedJson sinks_json(const RunSummary& summary);

}  // namespace sluice::app
