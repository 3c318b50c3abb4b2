#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/live/log_tail.h"
#include "app/live/pipeline_record.h"
#include "app/live/verdict.h"
#include "base/json.h"
#include "sluice/host.h"

namespace sluice::app {

// The JSON that the page and the REST API get; docs/reference/live.md says what is in it.

/// A pipeline as a graph: what it reads, its views, what it writes, and who reads whom.
struct FlowGraph {
  struct Node {
    std::string id;    ///< "view:totals"
    std::string kind;  ///< source, table, view, sink, dead
    PartDescription part;
  };
  std::vector<Node> nodes;
  std::vector<std::pair<std::string, std::string>> edges;  ///< ids
};

FlowGraph flow_graph(const PipelineDescription& description);

OrderedJson verdict_json(const Verdict& verdict);
/// HostedPipeline::snapshot as JSON, with the verdict.
OrderedJson status_json(const PipelineSnapshot& snapshot, const Verdict& verdict);

/// "0.1.0" of "sluice 0.1.0 (1a2b3c4)".
std::string version_number();

struct HelloFacts {
  std::string run;
  std::uint64_t stream = 0;
  std::string mode;
  std::vector<std::string> features;
  std::vector<std::string> pipelines;
};
std::string hello_json(const HelloFacts& facts, std::int64_t now_us);

/// All that a page shows of a pipeline when it opens.
struct SnapshotFacts {
  const PipelineDescription& description;
  const PipelineSnapshot& snapshot;
  const PipelineRecord& record;
  const Verdict& verdict;
  const std::vector<LogLine>& log;
  const std::string& charts;  ///< HostedPipeline::charts_json
  const std::string& alerts;  ///< HostedPipeline::alerts_json
};
std::string snapshot_event_json(const SnapshotFacts& facts, std::int64_t now_us);

/// Batches that are published at once; `batch` is the newest, with the rows of all.
struct BatchFacts {
  const FlowGraph& graph;
  const BatchProgress& batch;
  const ToldBatch& told;
  const PipelineSnapshot& snapshot;
  const PipelineRecord& record;
  const Verdict& verdict;
};
std::string batch_event_json(const BatchFacts& facts);

std::string state_event_json(const PipelineSnapshot& snapshot, const Verdict& verdict);
std::string log_event_json(const std::string& pipeline, const LogTail::News& news);

}  // namespace sluice::app
