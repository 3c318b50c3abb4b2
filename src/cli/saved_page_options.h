#pragma once

#include <string>

#include "sluice/base/result.h"

namespace CLI {
class App;
}

namespace sluice::cli {

/// Where a dashboard is saved as one HTML file, as a command line says it.
struct SavedPageOptions {
  std::string path;  ///< "": it is not
  std::string tab;   ///< "": all
  bool force = false;
};

/// Adds --output, --tab and --force; `is_required`: nothing else is done.
void add_saved_page_options(CLI::App& command, SavedPageOptions& options, bool is_required);

/// kUser: there is such a file already, or it cannot be written; what was begun is removed.
Status write_saved_page(const SavedPageOptions& options, const std::string& page);

}  // namespace sluice::cli
