#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/options.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/pipeline_files.h"
#include "cli/preview_view.h"
#include "cli/stop_signals.h"
#include "sluice/preview.h"

namespace sluice::cli {
namespace {

constexpr const char* kPreviewExample = R"(Examples:
  sluice preview pipeline.yaml
  sluice preview pipeline.yaml --view totals --limit 5
  sluice preview pipeline.yaml --view orders --view totals --timeout 30s
  sluice preview pipeline.yaml --view totals --format json

The first rows of sources, views and of what sinks would get, by the pipeline's own sources.
Nothing is written: no sink, no dead letter, no checkpoint, no offset, and no file that was read
is removed. Of a view that aggregates it is what the records read so far give. It reads what is
there; where that is little, it waits for more until --timeout.)";

struct PreviewArguments {
  std::string path;
  std::vector<std::string> variables;
  std::string format = "table";
  std::string timeout = "10s";
  PreviewRequest request;
};

int preview_pipeline(PreviewArguments arguments) {
  if (arguments.path.empty()) return fail(which_pipeline("preview", "FILE"));
  set_log_level(LogLevel::kError);
  PreviewRequest& request = arguments.request;
  const auto timeout = parse_duration_micros(arguments.timeout);
  if (!timeout || *timeout <= 0) {
    return fail(user_error("--timeout " + arguments.timeout +
                           ": write a duration of at least 1ms, such as 10s or 1m"));
  }
  request.timeout = std::chrono::microseconds(*timeout);
  if (arguments.format == "json") request.format = PreviewFormat::kJson;
  if (arguments.format == "csv") request.format = PreviewFormat::kCsv;
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const StopSignals signals([] {});
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  const std::size_t parts =
      request.parts.empty() ? pipeline->describe().sinks.size() : request.parts.size();
  if (parts > 1 && request.format != PreviewFormat::kTable) {
    return fail(user_error("--format " + arguments.format + " shows the rows of one: choose it " +
                           "with one --view NAME, a source, a view or a sink"));
  }
  const auto made = preview(*pipeline, request, signals.token());
  if (!made) {
    if (made.error().kind() == Kind::kCancelled) return kInterrupted;
    return fail(made.error(), arguments.path);
  }
  show_preview(*made, request.format, arguments.timeout);
  return kFine;
}

}  // namespace

void add_preview_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<PreviewArguments>();
  CLI::App* command =
      app.add_subcommand("preview", "Show first rows of a pipeline's parts; write nothing");
  command->footer(kPreviewExample);
  PreviewRequest& request = arguments->request;
  command->add_option("file", arguments->path, "A pipeline file")->type_name("FILE");
  command
      ->add_option("--view", request.parts,
                   "A view, source or sink to show; may be given several times. Without: all sinks")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command->add_option("--limit", request.rows, "The most rows to show of each")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000))
      ->type_name("NUMBER");
  command->add_option("--format", arguments->format, "table, json (an object a line) or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_option("--records", request.records_max, "The most records to read of each source")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("NUMBER");
  command->add_option("--timeout", arguments->timeout, "How long it may take")
      ->capture_default_str()
      ->type_name("DURATION");
  command->add_option("--truncate", request.truncate, "The most characters of a value; 0: all")
      ->capture_default_str()
      ->type_name("NUMBER");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return preview_pipeline(*arguments); }; });
}

}  // namespace sluice::cli
