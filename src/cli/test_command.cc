#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/junit.h"
#include "cli/output_file.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/test_view.h"
#include "sluice/tests.h"

namespace sluice::cli {
namespace {

constexpr const char* kTestExample = R"(Examples:
  sluice test                                  # all of this folder and those below
  sluice test orders.test.yaml
  sluice test orders.yaml
  sluice test . --junit tests.xml
  sluice test orders.test.yaml --update

Runs the tests beside pipelines: rows come batch by batch through the source's own decoder, and
what sinks get is compared. No broker, no file and no table is read or written. A folder is
searched for *.test.yaml, a pipeline file has its tests in the one beside it. docs/reference/tests.md
has the format. Ends with 0 when all pass, with 1 when one fails, with 2 when a file is wrong.)";

struct TestArguments {
  std::vector<std::string> paths;
  std::vector<std::string> variables;
  std::string junit;
  std::string name;
  bool update = false;
};

int test(TestArguments arguments) {
  if (arguments.paths.empty()) arguments.paths = {"."};
  set_log_level(LogLevel::kError);
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const StopSignals signals([] {});
  const auto files = test_files(arguments.paths);
  if (!files) return fail(files.error());
  std::vector<TestOutcome> outcomes;
  int code = kFine;
  for (const std::string& file : *files) {
    const TestRequest request{file, *variables, arguments.name, arguments.update};
    auto done = run_tests(
        request,
        [&](const TestOutcome& outcome) {
          show_outcome(outcome);
          if (!outcome.has_passed()) code = std::max<int>(code, kFailure);
          outcomes.push_back(outcome);
        },
        signals.token());
    if (done) continue;
    if (done.error().kind() == Kind::kCancelled) return kInterrupted;
    code = std::max(code, fail(done.error(), file));
  }
  write_all(STDOUT_FILENO, summary_of(outcomes));
  if (arguments.junit.empty()) return code;
  const auto written = write_output_file(arguments.junit, junit_text(outcomes), /*force=*/true);
  return written ? code : fail(written.error());
}

}  // namespace

void add_test_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<TestArguments>();
  CLI::App* command = app.add_subcommand("test", "Run the unit tests beside pipelines");
  command->footer(kTestExample);
  command
      ->add_option("file", arguments->paths,
                   "Files of tests, pipeline files, or folders of them; without: this folder")
      ->type_name("FILE|FOLDER");
  command->add_option("--name", arguments->name, "Run only the tests in whose name this is")
      ->type_name("TEXT");
  command->add_option("--junit", arguments->junit, "Also write the outcomes as JUnit's XML")
      ->type_name("FILE");
  command->add_flag("--update", arguments->update,
                    "Write what comes into the files, as what is expected");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback([&action, arguments] { action = [arguments] { return test(*arguments); }; });
}

}  // namespace sluice::cli
