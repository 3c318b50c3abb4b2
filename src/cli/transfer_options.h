#pragma once

#include "sluice/transfer.h"

namespace CLI {
class App;
}

namespace sluice::cli {

/// The options --format, --schema and --from-option, of commands that read an address.
void add_source_options(CLI::App& command, SourceChoice& choice);

}  // namespace sluice::cli
