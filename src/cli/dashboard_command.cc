#include <algorithm>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/page_options.h"
#include "cli/saved_page_options.h"
#include "cli/stop_signals.h"
#include "cli/stoppable_run.h"
#include "cli/terminal.h"
#include "cli/transfer_options.h"
#include "sluice/host.h"
#include "sluice/live.h"
#include "sluice/transfer.h"

namespace sluice::cli {
namespace {

constexpr const char* kDashboardExample = R"(Examples:
  sluice dashboard lake/orders
  sluice dashboard 's3://bucket/flights/*.parquet' lake/airlines --refresh 1m
  sluice dashboard sales.yaml
  sluice dashboard lake/orders --print > orders.yaml     # to go on from
  sluice dashboard sales.yaml -o sales.html              # as it is now, to be sent to somebody

Serves the live page over tables that are there already, without a job that runs: Delta tables,
Parquet, CSV and JSON files, here or in a store. Of a table alone it shows how many rows there
are, how they lie in time, how numbers and texts are spread, and the first rows; a file with
`tables`, `views` and `charts`, and neither sources nor sinks, says itself what is shown.
Nothing is written but a file after -o. Ctrl+C ends it.)";

struct DashboardArguments {
  std::vector<std::string> paths;
  std::vector<std::string> variables;
  SourceChoice choice;  ///< options of all tables
  DashboardRequest request;
  bool print = false;
  SavedPageOptions saved;
  PageOptions page;
};

bool is_file(const std::string& path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

Result<Pipeline> load_file(const std::string& path,
                           const std::map<std::string, std::string>& variables) {
  SLUICE_ASSIGN(Pipeline loaded, Pipeline::load(path, variables));
  const PipelineDescription description = loaded.describe();
  if (description.sources.empty() && description.sinks.empty()) return loaded;
  return user_error(path +
                    ": has sources or sinks, so it is a pipeline; its page is shown by: "
                    "sluice run --ui " +
                    path);
}

/// Those of the files, then one over all tables that were named.
Result<std::vector<Pipeline>> load_all(const DashboardArguments& arguments) {
  SLUICE_ASSIGN(const auto variables, parse_variables(arguments.variables));
  std::vector<Pipeline> pipelines;
  DashboardRequest request = arguments.request;
  for (const std::string& path : arguments.paths) {
    if (is_file(path)) {
      SLUICE_ASSIGN(Pipeline loaded, load_file(path, variables));
      pipelines.push_back(std::move(loaded));
    } else {
      request.tables.push_back(arguments.choice);
      request.tables.back().address = path;
    }
  }
  if (request.tables.empty()) return pipelines;
  SLUICE_ASSIGN(const std::string text, dashboard_text(request));
  if (arguments.print) write_all(STDOUT_FILENO, text);
  SLUICE_ASSIGN(Pipeline made, Pipeline::parse(text, "dashboard"));
  pipelines.push_back(std::move(made));
  return pipelines;
}

/// Its exit code.
int report_end(const HostedPipeline& pipeline) {
  const PipelineSnapshot end = pipeline.snapshot();
  if (end.state != PipelineState::kFailed || !end.error) return kFine;
  return fail(Error(end.error->kind, end.error->message), end.path);
}

Result<std::vector<HostedPipeline*>> add_all(Host& host, std::vector<Pipeline> pipelines) {
  std::vector<HostedPipeline*> added;
  for (auto& one : host.add(std::move(pipelines))) {
    SLUICE_ASSIGN(HostedPipeline* const pipeline, std::move(one));
    added.push_back(pipeline);
  }
  return added;
}

/// Asks each chart once.
int save(std::vector<Pipeline> pipelines, const SavedPageOptions& saved, StoppableRun& stoppable) {
  HostOptions options;
  options.trigger = TriggerChoice::kOnce;
  Host host(options);
  const auto added = add_all(host, std::move(pipelines));
  if (!added) return fail(added.error());
  stoppable.run(host, *added, {});
  for (const HostedPipeline* pipeline : *added) {
    if (const int code = report_end(*pipeline); code != kFine) return code;
    if (pipeline->snapshot().state != PipelineState::kFinished) return kInterrupted;
  }
  const std::vector<const HostedPipeline*> shown(added->begin(), added->end());
  const auto page = saved_page(shown, saved.tab, SystemClock().now());
  if (!page) return fail(page.error());
  const Status written = write_saved_page(saved, *page);
  if (!written) return fail(written.error());
  int code = kFine;
  for (const std::string& chart : failed_charts(shown, saved.tab)) code = fail(user_error(chart));
  return code;
}

int serve(std::vector<Pipeline> pipelines, const PageOptions& page, StoppableRun& stoppable) {
  std::vector<PageDescription> pages;
  for (const Pipeline& pipeline : pipelines) pages.push_back(pipeline.describe().page);
  auto asked = page_of(page, pages);
  if (!asked) return fail(asked.error());
  LiveServer live(**std::move(asked));
  HostOptions options;
  options.listener = &live.listener();
  options.question_program = kOwnProgram;
  Host host(options);
  const auto all = add_all(host, std::move(pipelines));
  if (!all) return fail(all.error());
  const std::vector<HostedPipeline*>& added = *all;
  if (auto served = live.start(host); !served) return fail(served.error());
  say_where(live.url());
  stoppable.run(host, added, {});
  live.stop();
  int code = kFine;
  for (const HostedPipeline* pipeline : added) code = std::max(code, report_end(*pipeline));
  return code;
}

int dashboard(DashboardArguments& arguments) {
  set_log_level(LogLevel::kWarn);
  arguments.page.live.is_dashboard = true;
  arguments.page.always = true;
  // Before the first thread, so that all inherit the signal mask.
  StoppableRun stoppable;
  const StopSignals signals([&] { stoppable.stop(); });
  const auto refresh = parse_duration_micros(arguments.request.refresh);
  if (!refresh || *refresh < 1000) {
    return fail(user_error("--refresh " + arguments.request.refresh +
                           ": write a duration of at least 1ms, such as 10s or 5m"));
  }
  auto pipelines = load_all(arguments);
  if (!pipelines) return fail(pipelines.error());
  if (arguments.print) return kFine;
  if (!arguments.saved.path.empty()) {
    return save(*std::move(pipelines), arguments.saved, stoppable);
  }
  return serve(*std::move(pipelines), arguments.page, stoppable);
}

}  // namespace

void add_dashboard_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<DashboardArguments>();
  CLI::App* command = app.add_subcommand("dashboard", "Show tables as charts, without a job");
  command->footer(kDashboardExample);
  command->add_option("table", arguments->paths, "Tables by their addresses, or files with charts")
      ->type_name("TABLE|FILE")
      ->required();
  add_source_options(*command, arguments->choice);
  command
      ->add_option("--refresh", arguments->request.refresh,
                   "How often tables that were named are looked at again")
      ->type_name("DURATION")
      ->capture_default_str();
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->add_flag("--print", arguments->print,
                    "Shows the file over the tables that were named, and serves nothing");
  add_saved_page_options(*command, arguments->saved, false);
  add_page_options(*command, arguments->page);
  command->callback(
      [&action, arguments] { action = [arguments] { return dashboard(*arguments); }; });
}

}  // namespace sluice::cli
