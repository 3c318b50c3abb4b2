#pragma once

#include <string>

#include "sluice/base/error.h"
#include "sluice/lint.h"

namespace sluice::cli {

/// How an error is shown: "error: <message>", and below it, where the message names a place in
/// `file`, the line with a caret under it. Secrets in the line are blanked out.
///
///     error: pipeline.yaml:12:7: source 'orders' has no option 'kakfa'; did you mean 'kafka'?
///        12 |       kakfa: {topic: orders}
///           |       ^
std::string error_text(const std::string& message, const std::string& file, bool colour);

/// The same for "warning: ...".
std::string warning_text(const std::string& message, bool colour);

/// A lint, with its code, the line that it is about and what to do:
///
///     warning: pipeline.yaml:6:9: LINT_FLOAT_MONEY: column 'amount' of source 'orders' ...
///        6 |         amount: DOUBLE
///          |         ^
///       fix: Declare it as DECIMAL(18,2) ...
std::string lint_text(const PipelineWarning& warning, bool colour);

/// Prints the error to standard error and gives the program's exit code.
int fail(const Error& error, const std::string& file = "");

}  // namespace sluice::cli
