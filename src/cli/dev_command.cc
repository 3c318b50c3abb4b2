#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/quantity_text.h"
#include "base/thread.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/preview_options.h"
#include "cli/preview_view.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/test_view.h"
#include "cli/watched_files.h"
#include "sluice/preview.h"
#include "sluice/tests.h"

namespace sluice::cli {
namespace {

using std::chrono::steady_clock;

constexpr const char* kDevExample = R"(Examples:
  sluice dev pipeline.yaml
  sluice dev pipeline.yaml --view totals
  sluice dev pipeline.yaml --watch data/ --limit 5

Shows the first rows of what sinks would get (or of views, --view) and the outcomes of the tests
beside the file, and shows them again whenever a file in the pipeline's folder changes, until
Ctrl+C. What is wrong in the file is shown in their place. As `sluice preview` it reads the
pipeline's own sources and writes nothing.)";

/// How often files are looked at; an editor may write several in a row.
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr const char* kClearScreen = "\x1b[H\x1b[2J\x1b[3J";

struct DevArguments {
  PreviewOptions options;
  std::vector<std::string> watched;
};

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// False: the file is wrong.
bool show_rows(const PreviewOptions& arguments, const std::map<std::string, std::string>& variables,
               const std::stop_token& stop) {
  const auto pipeline = Pipeline::load(arguments.path, variables);
  if (!pipeline) {
    fail(pipeline.error(), arguments.path);
    return false;
  }
  const auto made = preview(*pipeline, arguments.request, stop);
  if (made) {
    show_preview(*made, PreviewFormat::kTable, arguments.timeout);
  } else if (made.error().kind() != Kind::kCancelled) {
    fail(made.error(), arguments.path);
    return false;
  }
  return true;
}

void show_tests(const PreviewOptions& arguments,
                const std::map<std::string, std::string>& variables, const std::stop_token& stop) {
  const auto files = test_files({arguments.path});
  if (!files || stop.stop_requested()) return;  // it has none
  write_all(STDOUT_FILENO, "\n");
  std::vector<TestOutcome> outcomes;
  for (const std::string& file : *files) {
    const auto done = run_tests(
        {file, variables},
        [&](const TestOutcome& outcome) {
          show_outcome(outcome);
          outcomes.push_back(outcome);
        },
        stop);
    if (done) continue;
    if (done.error().kind() == Kind::kCancelled) return;
    fail(done.error(), file);
  }
  write_all(STDOUT_FILENO, summary_of(outcomes));
}

/// Stops `work` once a file has changed, and gives the files' names.
class Watcher {
 public:
  Watcher(WatchedFiles& files, std::stop_source& work, const std::stop_token& stop)
      : thread_(start_thread(
            "watch files",
            [&files, &work, stop, this](const std::stop_token&) {
              while (!stop.stop_requested() && names_.empty()) {
                std::this_thread::sleep_for(kLook);
                names_ = files.changes();
              }
              work.request_stop();
            },
            [&work](const Error&) { work.request_stop(); })) {}

  std::vector<std::string> wait() {
    thread_.join();
    return names_;
  }

 private:
  std::vector<std::string> names_;  // before the thread, which fills it
  std::jthread thread_;
};

int dev(DevArguments arguments) {
  const auto variables = read_preview_options(arguments.options, "dev");
  if (!variables) return fail(variables.error());
  set_log_level(LogLevel::kError);
  const std::string& path = arguments.options.path;
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) {
    return fail(user_error("there is no file " + path));
  }
  const StopSignals signals([] {});
  std::vector<std::string> paths = {parent_of(path)};
  paths.insert(paths.end(), arguments.watched.begin(), arguments.watched.end());
  WatchedFiles files(paths);
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  std::string title = path;
  while (!signals.token().stop_requested()) {
    std::stop_source work;
    Watcher watcher(files, work, signals.token());
    const auto began = steady_clock::now();
    if (terminal.live) write_all(STDOUT_FILENO, kClearScreen);
    write_all(STDOUT_FILENO, toned("== " + title, Tone::kFaint, terminal.colour) + "\n");
    // Tests of a file that is wrong would say the same once more.
    const bool is_fine = show_rows(arguments.options, *variables, work.get_token());
    if (is_fine) show_tests(arguments.options, *variables, work.get_token());
    if (!work.stop_requested()) {
      const auto taken =
          std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
      write_all(STDERR_FILENO, toned("shown in " + duration_text(taken.count()) +
                                         "; waits for a change, Ctrl+C ends",
                                     Tone::kFaint, look_at_terminal(STDERR_FILENO).colour) +
                                   "\n");
    }
    const std::vector<std::string> names = watcher.wait();
    title = path;
    for (const std::string& name : names) {
      title +=
          (&name == names.data() ? ": " : ", ") + std::filesystem::path(name).filename().string();
    }
    title += " changed";
  }
  return kFine;
}

}  // namespace

void add_dev_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<DevArguments>();
  arguments->options.request.rows = 10;
  arguments->options.timeout = "2s";  // before what is shown may change again
  arguments->options.request.quiet = std::chrono::milliseconds(200);
  CLI::App* command =
      app.add_subcommand("dev", "Show rows and tests of a pipeline, again at each change of it");
  command->footer(kDevExample);
  add_preview_options(*command, arguments->options);
  command
      ->add_option("--watch", arguments->watched,
                   "A file or folder that is watched, too; may be given several times")
      ->allow_extra_args(false)
      ->type_name("PATH");
  command->callback([&action, arguments] { action = [arguments] { return dev(*arguments); }; });
}

}  // namespace sluice::cli
