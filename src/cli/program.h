#pragma once

#include <string>

namespace sluice::cli {

/// What main() runs: reads the command line, does what it says, returns the exit code.
int run_program(int argc, char** argv);

/// docs/reference/cli.md, made of every command's help; `sluice reference --cli` prints it.
std::string command_reference();

/// The same as a man page: man_page() of all commands.
std::string command_manual();

/// completion_script() of all commands.
std::string command_completion(const std::string& shell);

}  // namespace sluice::cli
