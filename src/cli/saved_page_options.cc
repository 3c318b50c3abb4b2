#include "cli/saved_page_options.h"

#include <CLI/CLI.hpp>

#include "cli/output_file.h"

namespace sluice::cli {

void add_saved_page_options(CLI::App& command, SavedPageOptions& options, bool is_required) {
  CLI::Option* output =
      command
          .add_option(
              "-o,--output", options.path,
              "Saves the charts as they are now into this file, one HTML page that needs no "
              "server and asks nobody for anything")
          ->type_name("FILE")
          ->required(is_required);
  command.add_option("--tab", options.tab, "Saves only this tab")->type_name("NAME")->needs(output);
  command.add_flag("--force", options.force, "Saves over a file that is there")->needs(output);
}

Status write_saved_page(const SavedPageOptions& options, const std::string& page) {
  return write_output_file(options.path, page, options.force);
}

}  // namespace sluice::cli
