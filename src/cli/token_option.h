#pragma once

#include <string>

#include "sluice/base/result.h"
#include "sluice/base/secret.h"

namespace sluice::cli {

/// The token of a page: the first line of the file, or, where `path` is "", the environment's
/// SLUICE_TOKEN; empty where there is neither. kUser: the file cannot be read, or is empty.
Result<Secret> read_token(const std::string& path);

}  // namespace sluice::cli
