#pragma once

#include <string_view>

#include "sluice/base/error.h"

namespace sluice::io {

/// The Error of a failed system call: `what`, path and the system's words; `code` is errno. kUser
/// for what the user's path or rights cause, kTransient for what may pass.
Error system_error(std::string_view what, std::string_view path, int code);

}  // namespace sluice::io
