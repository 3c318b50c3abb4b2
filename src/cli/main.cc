#include <csignal>
#include <exception>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"

namespace {

using sluice::cli::Action;

constexpr const char* kFooter =
    "Example:\n"
    "  sluice run pipeline.yaml\n\n"
    "Exit codes: 0 fine; 1 something outside failed, run it again; 2 the command, the pipeline "
    "file or "
    "its\ndata is wrong; 3 the checkpoint or a sink belongs to another run; 4 what is stored "
    "contradicts itself;\n130 the second Ctrl+C.";

int run(int argc, char** argv) {
  CLI::App app("sluice: streams to tables. A pipeline is one YAML file with SQL in it.", "sluice");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  Action action;
  sluice::cli::add_run_command(app, action);
  sluice::cli::add_check_command(app, action);
  sluice::cli::add_produce_command(app, action);
  sluice::cli::add_topic_command(app, action);
  sluice::cli::add_consume_command(app, action);
  sluice::cli::add_broker_command(app, action);
  sluice::cli::add_reference_commands(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;
    app.exit(error);
    return asked ? sluice::cli::kFine : sluice::cli::kUserError;
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that has gone away shows as an error of write(), not as a sudden death.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& exception) {
    sluice::cli::write_all(STDERR_FILENO, std::string("error: ") + exception.what() + "\n");
    return sluice::cli::kFailure;
  }
}
