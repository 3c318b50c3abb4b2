#include "cli/program.h"

#include <array>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace sluice::cli {
namespace {

int run(std::string command, std::string argument) {
  std::string program = "sluice";
  std::array<char*, 3> arguments = {program.data(), command.data(), argument.data()};
  return run_program(3, arguments.data());
}

TEST(Program, PageOfCommandsIsUpToDate) {
  std::ifstream file("docs/reference/cli.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(text == command_reference())
      << "run: build/sluice reference --cli > docs/reference/cli.md";
}

TEST(Program, HelpIsFine) { EXPECT_EQ(run("run", "--help"), kFine); }

TEST(Program, UnknownCommandIsAUserError) { EXPECT_EQ(run("rum", "x.yaml"), kUserError); }

TEST(Program, UnknownOptionIsAUserError) { EXPECT_EQ(run("check", "--nope"), kUserError); }

TEST(Program, MissingFileIsAUserError) {
  EXPECT_EQ(run("check", "/nonexistent/pipeline.yaml"), kUserError);
}

}  // namespace
}  // namespace sluice::cli
