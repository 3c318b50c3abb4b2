#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_file.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/listeners.h"
#include "cli/page_options.h"
#include "cli/pipeline_files.h"
#include "cli/run_report.h"
#include "cli/service_status.h"
#include "cli/spark_options.h"
#include "cli/stop_signals.h"
#include "cli/stoppable_run.h"
#include "cli/summary_table.h"
#include "cli/terminal.h"
#include "sluice/handover.h"
#include "sluice/host.h"
#include "sluice/live.h"

namespace sluice::cli {
namespace {

constexpr const char* kRunExample = R"(Examples:
  sluice run pipeline.yaml --available-now --var TOPIC=invoices
  sluice run pipelines/
  sluice run pipeline.yaml --ui                # with a live page, at http://127.0.0.1:8484
  sluice run --shard 1/4 pipeline.yaml         # one of four processes that share its partitions
  sluice run --engine spark pipeline.yaml --master spark://10.0.0.1:7077

Of a folder all *.yaml and *.yml in it are run, in one process. Pipelines do not harm each
other: one that is broken, or fails, is reported, and the others go on. What files do not say
of memory and threads (engine: {memory_limit, threads}) is divided among them. Log lines and
tables on the screen name their pipeline; the exit code is the highest of all.

The first Ctrl+C finishes the current batch of each pipeline, shows the summary and ends with
0; the second ends at once and is as safe as kill -9. Standard output holds what the console
sink shows, everything else goes to standard error.)";

struct RunArguments {
  std::vector<std::string> paths;
  bool once = false;
  bool available_now = false;
  std::vector<std::string> variables;
  std::string shard;
  std::string progress = "auto";
  std::string log_level = "info";
  std::string log_folder;
  PageOptions page;
  SparkArguments spark;
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

/// What is to be said of a pipeline once all have ended, and its exit code.
int report_end(HostedPipeline& pipeline, bool alone) {
  const PipelineSnapshot end = pipeline.snapshot();
  const bool failed = end.state == PipelineState::kFailed;
  // Before the error, which is then where people look first: at the end.
  if (!failed || end.summary.batches > 0) {
    const std::string text =
        summary_text(pipeline.describe(), end.summary, look_at_terminal(STDERR_FILENO).colour);
    write_all(STDERR_FILENO, alone ? text : text + "\n");
    log_in_file("the end\n" + summary_text(pipeline.describe(), end.summary, /*colour=*/false));
  }
  if (!failed || !end.error) return kFine;
  const Error error(end.error->kind, (alone ? "" : end.name + ": ") + end.error->message);
  log_in_file(error.message());
  return fail(error, end.path);
}

/// The pipelines of the files, and the files that are none.
struct Taken {
  std::vector<HostedPipeline*> pipelines;
  std::vector<std::pair<std::string, Error>> problems;  ///< by path
};

Taken take_in(Host& host, std::vector<LoadedFile> files) {
  Taken taken;
  std::vector<Pipeline> loaded;
  std::vector<std::string> paths;
  for (LoadedFile& file : files) {
    if (file.pipeline) {
      loaded.push_back(*std::move(file.pipeline));
      paths.push_back(file.path);
    } else {
      taken.problems.emplace_back(file.path, std::move(file.pipeline).error());
    }
  }
  auto added = host.add(std::move(loaded));
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (added[i]) {
      taken.pipelines.push_back(*added[i]);
    } else {
      taken.problems.emplace_back(paths[i], std::move(added[i]).error());
    }
  }
  return taken;
}

/// The page of the pipelines; null: none is asked for.
Result<std::unique_ptr<LiveServer>> make_live(const PageOptions& page,
                                              const std::vector<LoadedFile>& files) {
  SLUICE_ASSIGN(auto options, page_of(page, pages_of(files)));
  if (!options) return std::unique_ptr<LiveServer>();
  return std::make_unique<LiveServer>(*std::move(options));
}

int report_problems(const Taken& taken) {
  int code = kFine;
  before_terminal_output();
  for (const auto& [path, error] : taken.problems) {
    code = std::max(code, fail(error, path));
    log_in_file(path + ": " + error.message());
  }
  return code;
}

/// The same file on Apache Spark. Does not return but with the exit code of an error.
int run_on_spark(const RunArguments& arguments, const std::vector<std::string>& paths,
                 const std::map<std::string, std::string>& variables) {
  if (paths.size() != 1) {
    return fail(user_error("--engine spark runs one file, and here are " +
                           std::to_string(paths.size()) + ": start each on its own"));
  }
  if (arguments.page.ui->count() > 0) {
    return fail(user_error(
        "--engine spark has no live page: leave --ui out, and open Spark's own, at port 4040"));
  }
  if (!arguments.log_folder.empty()) {
    return fail(
        user_error("--engine spark writes its log to standard error: leave --log-folder out"));
  }
  if (!arguments.shard.empty()) {
    return fail(user_error("--engine spark divides the work itself: leave --shard out"));
  }
  const auto pipeline = Pipeline::load(paths[0], variables);
  if (!pipeline) return fail(pipeline.error(), paths[0]);
  const auto free = check_spark_may_run(pipeline->describe().checkpoint);
  if (!free) return fail(free.error(), paths[0]);
  return hand_to_spark(
      *pipeline, trigger_of(arguments), arguments.spark,
      {"run", "--progress", arguments.progress, "--log-level", arguments.log_level});
}

int run(RunArguments& arguments) {
  set_log_level(level_of(arguments.log_level));
  const auto cluster = check_cluster_options(arguments.spark);
  if (!cluster) return fail(cluster.error());
  if (!arguments.log_folder.empty() && !arguments.spark.is_spark()) {
    const auto file = add_log_file(arguments.log_folder, SystemClock().now());
    if (!file) return fail(file.error());
  }
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  if (std::string file = file_after_ui(arguments.page); !file.empty()) {
    arguments.paths.insert(arguments.paths.begin(), std::move(file));
  }
  if (arguments.paths.empty()) {
    return fail(which_pipeline("run", "FILE|FOLDER"));
  }
  const auto shard = shard_option(arguments.shard);
  if (!shard) return fail(shard.error());
  const auto paths = pipeline_files(arguments.paths);
  if (!paths) return fail(paths.error());
  if (arguments.spark.is_spark()) return run_on_spark(arguments, *paths, *variables);
  // Before the first thread, so that all inherit the signal mask.
  StoppableRun stoppable;
  const StopSignals signals([&] { stoppable.stop(); });
  auto files = load_files(*paths, *variables, *shard);
  if (!files) return fail(files.error());
  const auto live = make_live(arguments.page, *files);
  const std::string page_file = file_of_page(*files);
  if (!live) return fail(live.error(), page_file);
  const bool alone = files->size() == 1;
  const std::unique_ptr<RunReport> report = make_run_report(style_of(arguments.progress), alone);
  std::vector<HostListener*> listening_all = {report.get()};
  if (*live) listening_all.push_back(&(*live)->listener());
  Listeners listeners(std::move(listening_all));
  HostOptions options;
  options.trigger = trigger_of(arguments);
  options.listener = &listeners;
  options.names_in_log = !alone || shard->has_value();
  if (*live) options.question_program = kOwnProgram;
  Host host(options);
  const Taken taken = take_in(host, *std::move(files));
  int code = report_problems(taken);
  if (*live && !taken.pipelines.empty()) {
    if (auto served = (*live)->start(host); !served) return fail(served.error(), page_file);
    say_where((*live)->url());
  }
  const auto service = ServiceStatus::from_environment(host);
  stoppable.run(host, taken.pipelines, [&] {
    report->on_stopping();
    if (service != nullptr) service->on_stopping();
  });
  report->close();
  if (*live) (*live)->stop();
  for (HostedPipeline* pipeline : taken.pipelines) {
    code = std::max(code, report_end(*pipeline, alone));
  }
  // Again, since what was said at the start is far away by now.
  if (!taken.pipelines.empty()) report_problems(taken);
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Run pipeline files");
  command->footer(kRunExample);
  command
      ->add_option("file", arguments->paths,
                   "Pipeline files, or folders of them; several run in one process")
      ->type_name("FILE|FOLDER");
  CLI::Option* once =
      command->add_flag("--once", arguments->once, "One batch with all there is, then end");
  command
      ->add_flag("--available-now", arguments->available_now,
                 "All there is at the start, in batches, then end")
      ->excludes(once);
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)  // what follows it is a file
      ->type_name("NAME=VALUE");
  add_shard_option(*command, arguments->shard);
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
  command
      ->add_option("--log-folder", arguments->log_folder,
                   "Writes the log to a file in it, too, whose name is the time of the start")
      ->type_name("FOLDER");
  add_page_options(*command, arguments->page);
  add_engine_options(*command, arguments->spark);
  add_cluster_options(*command, arguments->spark);
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
