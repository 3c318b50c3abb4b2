#pragma once

#include <cstddef>
#include <string>

#include "sluice/pipeline.h"

namespace sluice::cli {

/// What `sluice check --connect` says of one part of a pipeline: a line with "ok" or "failed", how
/// long it took and what was tried; below it each error, after the step that met it. `width`: of
/// the longest name.
std::string connection_lines(const ConnectionReport& report, std::size_t width, bool colour);

}  // namespace sluice::cli
