#pragma once

#include "engine/progress.h"
#include "sluice/progress.h"

namespace sluice::app {

// The engine's progress in the public API's types.
BatchProgress public_progress(const engine::BatchProgress& progress);
RunSummary public_summary(const engine::Summary& summary);

}  // namespace sluice::app
