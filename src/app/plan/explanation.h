#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/explained_pipeline.h"
#include "engine/pipeline.h"
#include "sluice/pipeline.h"

namespace sluice::app {

/// A source, table, view or sink of a pipeline, and how it takes part in a batch.
struct ExplainedPart {
  std::string sort;  ///< "source", "table", "view", "sink"
  std::string name;
  std::string kind;    ///< "kafka, json", "aggregate", "delta"
  std::string detail;  ///< its columns; of a sink: what it writes and where
  std::string watermark;
  std::vector<std::string> reads;

  // Of views.
  std::string form;  ///< how a batch is run: "the batch's rows are merged into the state"
  std::vector<sql::KeptRows> kept;
  std::vector<std::string> modes;  ///< in which it can be read
  /// The others: the mode, and why it is not possible.
  std::vector<std::pair<std::string, std::string>> refused;
  std::string warning;

  std::string mode;     ///< of a sink
  std::string promise;  ///< of a sink: "exactly once"
};

struct Explanation {
  std::string name;
  std::string trigger;
  std::string checkpoint;
  std::vector<ExplainedPart> parts;  ///< what is read before those that read it; sinks last

  const ExplainedPart* find(const std::string& wished) const;
  /// In the order of `parts`.
  std::vector<const ExplainedPart*> readers(const ExplainedPart& part) const;
};

/// What `explained` says of the pipeline; views that the planner has made are a part of the view
/// that they are for. `description` has the plan (add_plan).
Explanation explanation_of(const PipelineDescription& description, const engine::Pipeline& pipeline,
                           const engine::ExplainedPipeline& explained);

std::string explanation_text(const Explanation& explanation);
std::string explanation_json(const Explanation& explanation);
std::string explanation_mermaid(const Explanation& explanation);
std::string explanation_svg(const Explanation& explanation);

}  // namespace sluice::app
