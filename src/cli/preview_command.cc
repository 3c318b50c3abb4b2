#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/preview_options.h"
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
  PreviewOptions options;
  std::string format = "table";
};

int preview_pipeline(PreviewArguments arguments) {
  const auto variables = read_preview_options(arguments.options, "preview");
  if (!variables) return fail(variables.error());
  set_log_level(LogLevel::kError);
  const std::string& path = arguments.options.path;
  PreviewRequest& request = arguments.options.request;
  if (arguments.format == "json") request.format = PreviewFormat::kJson;
  if (arguments.format == "csv") request.format = PreviewFormat::kCsv;
  const StopSignals signals([] {});
  const auto pipeline = Pipeline::load(path, *variables);
  if (!pipeline) return fail(pipeline.error(), path);
  const std::size_t parts =
      request.parts.empty() ? pipeline->describe().sinks.size() : request.parts.size();
  if (parts > 1 && request.format != PreviewFormat::kTable) {
    return fail(user_error("--format " + arguments.format + " shows the rows of one: choose it " +
                           "with one --view NAME, a source, a view or a sink"));
  }
  const auto made = preview(*pipeline, request, signals.token());
  if (!made) {
    if (made.error().kind() == Kind::kCancelled) return kInterrupted;
    return fail(made.error(), path);
  }
  show_preview(*made, request.format, arguments.options.timeout);
  return kFine;
}

}  // namespace

void add_preview_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<PreviewArguments>();
  CLI::App* command =
      app.add_subcommand("preview", "Show first rows of a pipeline's parts; write nothing");
  command->footer(kPreviewExample);
  add_preview_options(*command, arguments->options);
  command->add_option("--format", arguments->format, "table, json (an object a line) or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->callback(
      [&action, arguments] { action = [arguments] { return preview_pipeline(*arguments); }; });
}

}  // namespace sluice::cli
