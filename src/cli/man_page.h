#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace sluice::cli {

/// What a man page says beside the commands.
struct ManPageParts {
  std::string version;  ///< "sluice 0.1.0"
  std::string output;   ///< which output holds what, a paragraph
  /// Each exit code with what it means.
  std::vector<std::pair<std::string, std::string>> exit_codes;
};

/// The page sluice(1) of all commands below `app`, as roff with the macros of man(7): each with the
/// words, options and examples of its --help. The same bytes whenever and wherever it is made.
std::string man_page(const CLI::App& app, const ManPageParts& parts);

}  // namespace sluice::cli
