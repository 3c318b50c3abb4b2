#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/quantity_text.h"
#include "base/thread.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/page_options.h"
#include "cli/preview_options.h"
#include "cli/preview_view.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/test_view.h"
#include "cli/watched_files.h"
#include "sluice/dev.h"
#include "sluice/live.h"
#include "sluice/preview.h"
#include "sluice/tests.h"

namespace sluice::cli {
namespace {

using std::chrono::steady_clock;

constexpr const char* kDevExample = R"(Examples:
  sluice dev pipeline.yaml
  sluice dev pipeline.yaml --view totals
  sluice dev pipeline.yaml --watch data/ --limit 5
  sluice dev pipeline.yaml --ui             # in a browser, too

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
  PageOptions page;
};

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Shows a problem, and notes it for the page.
void fail_with(DevResult& result, const Error& error, const std::string& file) {
  fail(error, file);
  result.problems.push_back({error.message(), file});
}

/// False: the file is wrong.
bool show_rows(const PreviewOptions& arguments, const std::map<std::string, std::string>& variables,
               const std::stop_token& stop, DevResult& result) {
  const auto pipeline = Pipeline::load(arguments.path, variables);
  if (!pipeline) {
    fail_with(result, pipeline.error(), arguments.path);
    return false;
  }
  auto made = preview(*pipeline, arguments.request, stop);
  if (made) {
    show_preview(*made, PreviewFormat::kTable, arguments.timeout);
    result.preview = *std::move(made);
  } else if (made.error().kind() != Kind::kCancelled) {
    fail_with(result, made.error(), arguments.path);
    return false;
  }
  return true;
}

void show_tests(const PreviewOptions& arguments,
                const std::map<std::string, std::string>& variables, const std::stop_token& stop,
                DevResult& result) {
  const auto files = test_files({arguments.path});
  if (!files || stop.stop_requested()) return;  // it has none
  write_all(STDOUT_FILENO, "\n");
  for (const std::string& file : *files) {
    const auto done = run_tests(
        {file, variables},
        [&](const TestOutcome& outcome) {
          show_outcome(outcome);
          result.outcomes.push_back(outcome);
        },
        stop);
    if (done) continue;
    if (done.error().kind() == Kind::kCancelled) return;
    fail_with(result, done.error(), file);
  }
  write_all(STDOUT_FILENO, summary_of(result.outcomes));
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

/// What the page shows; null: there is none.
class Page {
 public:
  explicit Page(std::unique_ptr<DevServer> server) : server_(std::move(server)) {}

  void show(const DevResult& result) const {
    if (server_ != nullptr) server_->show(dev_json(result));
  }
  bool is_there() const { return server_ != nullptr; }
  std::string place() const { return server_ == nullptr ? "" : ", also at " + server_->url(); }

 private:
  std::unique_ptr<DevServer> server_;
};

Result<Page> start_page(const PageOptions& options) {
  SLUICE_ASSIGN(auto asked, page_of(options, {}));
  if (!asked) return Page(nullptr);
  auto server = std::make_unique<DevServer>(*std::move(asked));
  SLUICE_TRY(server->start());
  say_where(server->url());
  return Page(std::move(server));
}

/// Shows rows and tests, until `stop`.
void look(const DevArguments& arguments, const std::map<std::string, std::string>& variables,
          const Page& page, const std::stop_token& stop, DevResult result) {
  const auto began = steady_clock::now();
  result.began_us = SystemClock().now();
  page.show(result);
  // Tests of a file that is wrong would say the same once more.
  if (show_rows(arguments.options, variables, stop, result)) {
    page.show(result);
    show_tests(arguments.options, variables, stop, result);
  }
  if (stop.stop_requested()) return;
  result.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began).count();
  page.show(result);
  write_all(STDERR_FILENO, toned("shown in " + duration_text(*result.duration_us) + page.place() +
                                     "; waits for a change, Ctrl+C ends",
                                 Tone::kFaint, look_at_terminal(STDERR_FILENO).colour) +
                               "\n");
}

std::string title_of(const DevResult& result) {
  std::string title = result.file;
  for (const std::string& name : result.changed) {
    title += (&name == result.changed.data() ? ": " : ", ") + name;
  }
  return title + (result.changed.empty() ? "" : " changed");
}

int dev(DevArguments arguments) {
  PreviewOptions& options = arguments.options;
  if (options.path.empty()) options.path = file_after_ui(arguments.page);
  const auto variables = read_preview_options(options, "dev");
  if (!variables) return fail(variables.error());
  set_log_level(LogLevel::kError);
  std::error_code missing;
  if (!std::filesystem::exists(options.path, missing)) {
    return fail(user_error("there is no file " + options.path));
  }
  const StopSignals signals([] {});
  const auto page = start_page(arguments.page);
  if (!page) return fail(page.error());
  options.request.for_page = page->is_there();
  std::vector<std::string> paths = {parent_of(options.path)};
  paths.insert(paths.end(), arguments.watched.begin(), arguments.watched.end());
  WatchedFiles files(paths);
  const Terminal terminal = look_at_terminal(STDOUT_FILENO);
  DevResult next{.file = options.path, .changed = {}, .timeout = options.timeout};
  while (!signals.token().stop_requested()) {
    std::stop_source work;
    Watcher watcher(files, work, signals.token());
    if (terminal.live) write_all(STDOUT_FILENO, kClearScreen);
    write_all(STDOUT_FILENO, toned("== " + title_of(next), Tone::kFaint, terminal.colour) + "\n");
    look(arguments, *variables, *page, work.get_token(), next);
    next.changed.clear();
    for (const std::string& name : watcher.wait()) {
      next.changed.push_back(std::filesystem::path(name).filename().string());
    }
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
  add_page_options(*command, arguments->page,
                   "Shows the same in a browser, too, and again at each change");
  command->callback([&action, arguments] { action = [arguments] { return dev(*arguments); }; });
}

}  // namespace sluice::cli
