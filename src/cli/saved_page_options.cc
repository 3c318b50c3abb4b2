#include "cli/saved_page_options.h"

#include <cerrno>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "cli/terminal.h"

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
  const int otherwise = options.force ? O_TRUNC : O_EXCL;
  const int file = ::open(options.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | otherwise, 0666);
  if (file < 0 && errno == EEXIST && !options.force) {
    return user_error(options.path + ": is there already; --force saves over it");
  }
  const auto failed = [&] {
    return user_error(options.path + ": " + std::generic_category().message(errno));
  };
  if (file < 0) return failed();
  const bool written = write_all(file, page);
  if (::close(file) == 0 && written) return {};
  Error error = failed();
  ::unlink(options.path.c_str());
  return error;
}

}  // namespace sluice::cli
