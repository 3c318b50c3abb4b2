#include <csignal>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/border.h"
#include "cli/exit_code.h"
#include "cli/program.h"
#include "cli/terminal.h"
#include "sluice/question.h"

int main(int argc, char** argv) {
  // A reader that has gone away shows as an error of write(), not as a sudden death.
  std::signal(SIGPIPE, SIG_IGN);
  // Not a command for people: the program calls itself so.
  if (argc == 2 && std::string_view(argv[1]) == sluice::kAnswerCommand) {
    return sluice::answer_question() ? sluice::cli::kFine : sluice::cli::kFailure;
  }
  const auto code = sluice::at_border(
      "sluice", [&]() -> sluice::Result<int> { return sluice::cli::run_program(argc, argv); });
  if (code) return *code;
  sluice::cli::write_all(STDERR_FILENO, "error: " + code.error().message() + "\n");
  return sluice::cli::exit_code(code.error());
}
