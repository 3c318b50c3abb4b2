#pragma once

#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/pipeline.h"

namespace sluice {

/// What in a pipeline runs and looks like a mistake: docs/reference/lints.md.
struct PipelineWarning {
  std::string code;  ///< "LINT_FLOAT_MONEY"
  std::string text;  ///< what is so
  std::string fix;
  std::string file;
  int line = 0;  ///< 0: of the file as a whole
  int column = 0;
  std::string shown_line;  ///< of the file, without secrets; "": not to be shown
};

struct CheckedPipeline {
  PipelineDescription description;
  std::vector<PipelineWarning> warnings;  ///< the pipeline runs nevertheless
};

/// As Pipeline::check(), with what a careful reviewer would say. Errors: as of check(), and kUser
/// for a lint that the file allows and that there is not.
Result<CheckedPipeline> check_with_lints(const Pipeline& pipeline);

/// What check_with_lints() says of the file `path`, for programs: one line, a JSON object with
/// `file`, `fine`, `error` (null, or its message) and `warnings`, each with `code`, `line`,
/// `column` (null: of the file as a whole), `message` and `fix`.
std::string check_json(const std::string& path, const Result<CheckedPipeline>& checked);

}  // namespace sluice
