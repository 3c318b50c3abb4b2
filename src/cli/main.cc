#include <csignal>
#include <exception>
#include <string>

#include <unistd.h>

#include "cli/exit_code.h"
#include "cli/program.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  // A reader that has gone away shows as an error of write(), not as a sudden death.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return sluice::cli::run_program(argc, argv);
  } catch (const std::exception& exception) {
    sluice::cli::write_all(STDERR_FILENO, std::string("error: ") + exception.what() + "\n");
    return sluice::cli::kFailure;
  }
}
