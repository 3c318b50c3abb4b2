#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

enum class ExplainFormat : unsigned char {
  kText,     ///< a tree from sources over views to sinks
  kJson,     ///< docs/guide/everyday.md
  kMermaid,  ///< a flowchart
  kSvg,      ///< the same as a picture
};

/// How the pipeline runs batch by batch, as its planner has decided: who reads whom, what each view
/// keeps and until when, and which output modes it can be read in. Plans the SQL as
/// Pipeline::check() does. Errors: kUser, as of check().
Result<std::string> explain(const Pipeline& pipeline, ExplainFormat format);

}  // namespace sluice
