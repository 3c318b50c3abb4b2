#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

struct PlanOptions {
  TriggerChoice trigger = TriggerChoice::kAsInFile;
  bool with_secrets = false;  ///< otherwise *** is in their place
};

/// The pipeline with all that sluice knows of it, as JSON: docs/format/plan.md. Plans the SQL as
/// Pipeline::check() does. Errors: kUser, as of check().
Result<std::string> plan_json(const Pipeline& pipeline, const PlanOptions& options);

}  // namespace sluice
