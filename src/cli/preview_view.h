#pragma once

#include <string>

#include "sluice/preview.h"

namespace sluice::cli {

/// Writes the rows to standard output; what was read, and what did not decode, to standard error.
/// `timeout`: as the user gave it.
void show_preview(const Preview& preview, PreviewFormat format, const std::string& timeout);

}  // namespace sluice::cli
