#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/quantity_text.h"
#include "base/random.h"
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
  sluice test . --chaos                        # 20 rounds each: other batches, and kills
  sluice test orders.test.yaml --name sum --chaos=1 --seed 4711

Runs the tests beside pipelines: rows come batch by batch through the source's own decoder, and
what sinks get is compared. No broker, no file and no table is read or written. A folder is
searched for *.test.yaml; a pipeline file has its tests below `tests:`, or in the one beside it.
docs/reference/tests.md has the format. With --chaos each test that passes runs again and again, its
batches cut into others, killed and started again at random: what each sink has at the end must be
the same. A failure says how to do its round again. Ends with 0 when all pass, with 1 when one
fails, with 2 when a file is wrong.)";

struct TestArguments {
  std::vector<std::string> paths;
  std::vector<std::string> variables;
  std::string junit;
  std::string name;
  bool update = false;
  CLI::Option* chaos = nullptr;
  std::string rounds;  ///< of chaos
  CLI::Option* has_seed = nullptr;
  std::uint64_t seed = 0;
};

constexpr int kRounds = 20;
constexpr int kRoundsMax = 1'000'000;
/// A seed that is not given has six digits at most, so that it can be typed again.
constexpr std::uint64_t kSeeds = 999'999;

/// `sluice test --chaos FILE` gives FILE to the option, which it is not for.
Result<ChaosRequest> chaos_of(TestArguments& arguments) {
  ChaosRequest chaos;
  if (arguments.chaos->count() == 0) return chaos;
  chaos.rounds = kRounds;
  chaos.seed =
      arguments.has_seed->count() > 0 ? arguments.seed : 1 + SystemRandom().next() % kSeeds;
  const std::string& text = arguments.rounds;
  if (text.empty()) return chaos;
  if (text.find_first_not_of("0123456789") != std::string::npos) {
    std::error_code unknown;
    if (!std::filesystem::exists(text, unknown)) {
      return user_error("--chaos: '" + text +
                        "' is neither a number of rounds, as in --chaos=200, nor a file or folder "
                        "of tests");
    }
    arguments.paths.insert(arguments.paths.begin(), text);
    return chaos;
  }
  chaos.rounds = text.size() < 8 ? std::stoi(text) : 0;
  if (chaos.rounds < 1 || chaos.rounds > kRoundsMax) {
    return user_error("--chaos=" + text + ": between 1 and " + count_text(kRoundsMax) +
                      " rounds are possible");
  }
  return chaos;
}

std::string summary(const std::vector<TestOutcome>& outcomes, const ChaosRequest& chaos) {
  std::string text = summary_of(outcomes);
  if (chaos.rounds == 0) return text;
  std::int64_t rounds = 0;
  for (const TestOutcome& outcome : outcomes) rounds += outcome.chaos_rounds;
  text.pop_back();
  return text + "; " + counted(rounds, "round", "rounds") + " of chaos, seed " +
         std::to_string(chaos.seed) + "\n";
}

int test(TestArguments arguments) {
  auto chaos = chaos_of(arguments);
  if (!chaos) return fail(chaos.error());
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
    const TestRequest request{file, *variables, arguments.name, arguments.update, *chaos};
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
  write_all(STDOUT_FILENO, summary(outcomes, *chaos));
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
  CLI::Option* update = command->add_flag("--update", arguments->update,
                                          "Write what comes into the files, as what is expected");
  arguments->chaos =
      command
          ->add_option("--chaos", arguments->rounds,
                       "Run each test that passes so many times more (20), cut into other batches "
                       "and killed at random: all sinks must have the same at the end")
          ->expected(0, 1)
          ->default_str("")
          ->type_name("[=ROUNDS]")
          ->excludes(update);
  arguments->rounds.clear();
  CLI::Option* seed = command
                          ->add_option("--seed", arguments->seed,
                                       "Of the first round of --chaos; without: another each time")
                          ->type_name("N")
                          ->check([](const std::string& text) {
                            return text.starts_with('-') ? "it must not be negative" : "";
                          })
                          ->needs(arguments->chaos);
  arguments->has_seed = seed;
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback([&action, arguments] { action = [arguments] { return test(*arguments); }; });
}

}  // namespace sluice::cli
