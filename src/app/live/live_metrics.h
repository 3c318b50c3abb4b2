#pragma once

#include <map>
#include <string>

#include "app/live/pipeline_record.h"
#include "metrics/exposition.h"
#include "sluice/host.h"

namespace sluice::app {

/// What is measured of one pipeline.
struct MeasuredPipeline {
  PipelineSnapshot snapshot;
  Counters counters;
  AlertCounts alerts;
};

/// What the HTTP server counts of itself.
struct ServerCounts {
  std::int64_t requests = 0;
  std::int64_t connections = 0;
  std::int64_t streams = 0;
};

/// All metrics of this process (docs/reference/metrics.md), of pipelines by name.
std::string metrics_text(const std::map<std::string, MeasuredPipeline>& pipelines,
                         const ServerCounts& server, metrics::Form form);

}  // namespace sluice::app
