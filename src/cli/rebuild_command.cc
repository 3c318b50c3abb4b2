#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/pipeline_files.h"
#include "cli/progress_bar.h"
#include "cli/stop_signals.h"
#include "sluice/rebuild.h"

namespace sluice::cli {
namespace {

constexpr const char* kRebuildExample = R"(Examples:
  sluice rebuild pipeline.yaml
  sluice rebuild pipeline.yaml --view totals

Makes the state of views again whose SQL has changed or which are new, from what the sources still
have, up to where the checkpoint is, and puts it into the checkpoint at one instant: until then
nothing has changed. The pipeline must not be running; the next run goes on from where it was, and
its first batch writes the whole result to the sinks of mode complete, update and upsert. Exit
code 2: a source whose records cannot be had again, or a sink that cannot take a whole result.)";

struct RebuildArguments {
  std::string path;
  std::vector<std::string> views;
  std::vector<std::string> variables;
};

int rebuild_views(const RebuildArguments& arguments) {
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const StopSignals signals([] {});
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  RebuildOptions options;
  options.views = {arguments.views.begin(), arguments.views.end()};
  ReadingReport report;
  options.listener = &report;
  const auto done = rebuild(*pipeline, options, signals.token());
  report.close();
  if (!done) {
    const int code = fail(done.error(), arguments.path);
    return code == kFine ? kInterrupted : code;
  }
  std::fputs(rebuild_text(*done).c_str(), stdout);
  return kFine;
}

}  // namespace

void add_rebuild_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RebuildArguments>();
  CLI::App* command = app.add_subcommand(
      "rebuild", "Make the state of changed views again from what the sources still have");
  command->footer(kRebuildExample);
  command->add_option("file", arguments->path, "The pipeline file")->required()->type_name("FILE");
  command
      ->add_option("--view", arguments->views,
                   "A view that is made again as well; may be given several times")
      ->allow_extra_args(false)
      ->type_name("VIEW");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return rebuild_views(*arguments); }; });
}

}  // namespace sluice::cli
