#pragma once

#include <string>
#include <string_view>

#include "sluice/base/result.h"

namespace sluice::cli {

/// Writes what a command was asked for with --output. One that is there already is an error unless
/// `force`. kUser: the path, and why not; nothing half-written stays.
Status write_output_file(const std::string& path, std::string_view content, bool force);

/// The same, or onto standard output where `path` is empty.
Status write_output(const std::string& path, std::string_view content, bool force);

}  // namespace sluice::cli
