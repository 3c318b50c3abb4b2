#include <csignal>
#include <string>

#include <unistd.h>

#include "base/border.h"
#include "cli/exit_code.h"
#include "cli/program.h"
#include "cli/terminal.h"

int main(int argc, char** argv) {
  // A reader that has gone away shows as an error of write(), not as a sudden death.
  std::signal(SIGPIPE, SIG_IGN);
  const auto code = sluice::at_border(
      "sluice", [&]() -> sluice::Result<int> { return sluice::cli::run_program(argc, argv); });
  if (code) return *code;
  sluice::cli::write_all(STDERR_FILENO, "error: " + code.error().message() + "\n");
  return sluice::cli::exit_code(code.error());
}
