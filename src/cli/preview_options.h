#pragma once

#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "sluice/base/result.h"
#include "sluice/preview.h"

namespace sluice::cli {

/// What rows of a pipeline are to be shown, as `sluice preview` and `sluice dev` take it.
struct PreviewOptions {
  std::string path;
  std::vector<std::string> variables;
  std::string timeout = "10s";
  PreviewRequest request;
};

/// Adds FILE and the options to `command`, which `options` outlives.
void add_preview_options(CLI::App& command, PreviewOptions& options);

/// Puts the timeout into the request; the values for ${NAME}. kUser: one of them is wrong, or no
/// file is named, by `command`.
Result<std::map<std::string, std::string>> read_preview_options(PreviewOptions& options,
                                                                const std::string& command);

}  // namespace sluice::cli
