#pragma once

#include <vector>

#include "app/lint/reviewed.h"
#include "sluice/base/result.h"
#include "sluice/lint.h"

namespace sluice::app {

/// What the lints say of a pipeline, in the order of the file, without what the file allows.
/// Errors: kUser, of a comment that allows what there is not.
Result<std::vector<PipelineWarning>> lint(const Reviewed& reviewed);

}  // namespace sluice::app
