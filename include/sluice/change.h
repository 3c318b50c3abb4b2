#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

/// What becomes of a part of a pipeline when its file is replaced by another one.
enum class Fate : unsigned char {
  kKept,     ///< goes on as it is
  kChanged,  ///< goes on, otherwise from now on
  kNew,
  kDropped,
  kRefused,  ///< a run stops at its start and says so
};

/// "kept", "changed", "new", "dropped", "refused".
std::string_view fate_name(Fate fate);

struct PartChange {
  std::string sort;  ///< "source", "table", "view", "sink", "option"
  std::string name;
  Fate fate = Fate::kKept;
  std::string effect;                ///< "its state goes on"
  std::vector<std::string> details;  ///< what differs, and what to do; a line each
};

struct PipelineChange {
  std::string before;  ///< "out/checkpoint, after batch 3", "old.yaml"
  std::string after;   ///< "pipeline.yaml"
  std::vector<PartChange> parts;
  std::vector<std::string> notes;  ///< what could not be compared

  /// Whether a run would go on: nothing is refused.
  bool is_possible() const;
};

/// What a checkpoint of `before` would make of `after`. Connects to nothing, runs nothing. Errors:
/// kUser, as of Pipeline::check(), of either.
Result<PipelineChange> change_between(const Pipeline& before, const Pipeline& after);

/// What the checkpoint makes of `after`: a folder, or "" for the pipeline's own. The pipeline may
/// be running; a copy is looked at, in the system's temporary folder. Errors: kUser where there is
/// no checkpoint, kTransient where it changes too quickly to be copied.
Result<PipelineChange> change_of_checkpoint(const Pipeline& after, const std::string& checkpoint);

/// A table of all parts, those that differ with their details, and a last line that says whether a
/// run would go on.
std::string change_text(const PipelineChange& change);
/// The same as one JSON object (docs/guide/changes.md).
std::string change_json(const PipelineChange& change);

}  // namespace sluice
