#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/run_report.h"
#include "cli/stop_signals.h"
#include "cli/summary_table.h"
#include "cli/terminal.h"
#include "sluice/pipeline.h"

namespace sluice::cli {
namespace {

constexpr const char* kRunExample = R"(Example:
  sluice run pipeline.yaml --available-now --var TOPIC=invoices

The first Ctrl+C finishes the current batch, shows the summary and ends with 0; the second
ends at once and is as safe as kill -9. Standard output holds what the console sink shows,
everything else goes to standard error.)";

struct RunArguments {
  std::string file;
  bool once = false;
  bool available_now = false;
  std::vector<std::string> variables;
  std::string progress = "auto";
  std::string log_level = "info";
};

ProgressStyle style_of(const std::string& name) {
  if (name == "line") return ProgressStyle::kLine;
  if (name == "log") return ProgressStyle::kLog;
  if (name == "json") return ProgressStyle::kJson;
  if (name == "none") return ProgressStyle::kNone;
  return look_at_terminal(STDERR_FILENO).live ? ProgressStyle::kLine : ProgressStyle::kLog;
}

LogLevel level_of(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return name == "off" ? LogLevel::kOff : LogLevel::kInfo;
}

TriggerChoice trigger_of(const RunArguments& arguments) {
  if (arguments.once) return TriggerChoice::kOnce;
  return arguments.available_now ? TriggerChoice::kAvailableNow : TriggerChoice::kAsInFile;
}

int run(const RunArguments& arguments) {
  set_log_level(level_of(arguments.log_level));
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  // Before the first thread, so that all inherit the signal mask.
  RunReport* listening = nullptr;
  std::mutex mutex;  // guards listening
  const StopSignals signals([&] {
    const std::lock_guard lock(mutex);
    if (listening != nullptr) listening->on_stopping();
  });
  auto pipeline = Pipeline::load(arguments.file, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.file);
  const PipelineDescription description = pipeline->describe();
  const std::unique_ptr<RunReport> report =
      make_run_report(style_of(arguments.progress), description.name);
  {
    const std::lock_guard lock(mutex);
    listening = report.get();
  }
  RunSummary summary;
  const auto result = pipeline->run(trigger_of(arguments), *report, summary, signals.token());
  {
    const std::lock_guard lock(mutex);
    listening = nullptr;
  }
  report->close();
  // Before the error, which is then where people look first: at the end.
  if (result || summary.batches > 0) {
    write_all(STDERR_FILENO,
              summary_text(description, summary, look_at_terminal(STDERR_FILENO).colour));
  }
  return result ? kFine : fail(result.error(), arguments.file);
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run a pipeline file");
  command->footer(kRunExample);
  command->add_option("file", arguments->file, "The pipeline file")->required()->type_name("FILE");
  CLI::Option* once =
      command->add_flag("--once", arguments->once, "One batch with all there is, then end");
  command
      ->add_flag("--available-now", arguments->available_now,
                 "All there is at the start, in batches, then end")
      ->excludes(once);
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->type_name("NAME=VALUE");
  command
      ->add_option(
          "--progress", arguments->progress,
          "line (one live line), log (a log line a batch), json (an object a batch), none, "
          "or auto: line on a terminal, else log")
      ->check(CLI::IsMember({"auto", "line", "log", "json", "none"}))
      ->type_name("STYLE")
      ->capture_default_str();
  command->add_option("--log-level", arguments->log_level, "debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

Result<std::map<std::string, std::string>> parse_variables(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return user_error("--var " + text + ": write --var NAME=VALUE");
    }
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

}  // namespace sluice::cli
