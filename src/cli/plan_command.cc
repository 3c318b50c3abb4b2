#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/output_file.h"
#include "sluice/change.h"

namespace sluice::cli {
namespace {

constexpr const char* kPlanExample = R"(Examples:
  sluice plan pipeline.yaml                        # against its own checkpoint
  sluice plan pipeline.yaml --checkpoint /backup/checkpoint
  sluice plan old.yaml new.yaml
  sluice plan old.yaml new.yaml --format json

What a changed file does to what a pipeline has, before anybody deploys it: which sources go on and
which are read from their start, which views keep their state, which start empty and which are
refused, which sinks get what. The pipeline may be running. Runs nothing, changes nothing. Exit
code 2: a run would stop at its start.)";

struct PlanArguments {
  std::vector<std::string> paths;
  std::string checkpoint;
  std::string format = "text";
  std::vector<std::string> variables;
};

int plan_change(const PlanArguments& arguments) {
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  std::vector<Pipeline> pipelines;
  for (const std::string& path : arguments.paths) {
    auto pipeline = Pipeline::load(path, *variables);
    if (!pipeline) return fail(pipeline.error(), path);
    pipelines.push_back(*std::move(pipeline));
  }
  if (pipelines.size() == 2 && !arguments.checkpoint.empty()) {
    return fail(user_error("--checkpoint is what one file is compared with: leave out the other"));
  }
  const auto change = pipelines.size() == 2
                          ? change_between(pipelines[0], pipelines[1])
                          : change_of_checkpoint(pipelines[0], arguments.checkpoint);
  if (!change) return fail(change.error(), arguments.paths.back());
  const std::string text = arguments.format == "json" ? change_json(*change) : change_text(*change);
  const auto written = write_output("", text, /*force=*/false);
  if (!written) return fail(written.error());
  return change->is_possible() ? kFine : kUserError;
}

}  // namespace

void add_plan_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command =
      app.add_subcommand("plan", "Show what a changed pipeline file does to state and outputs");
  command->footer(kPlanExample);
  command
      ->add_option("file", arguments->paths,
                   "The pipeline file; or two: the one of before, and the new one")
      ->required()
      ->expected(1, 2)
      ->type_name("FILE");
  command
      ->add_option("--checkpoint", arguments->checkpoint,
                   "A checkpoint to compare with, instead of the pipeline's own")
      ->type_name("FOLDER");
  command->add_option("--format", arguments->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return plan_change(*arguments); }; });
}

}  // namespace sluice::cli
