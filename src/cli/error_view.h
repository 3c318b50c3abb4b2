#pragma once

#include <string>

#include "base/error.h"

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

/// Prints the error to standard error and gives the program's exit code.
int fail(const Error& error, const std::string& file = "");

}  // namespace sluice::cli
