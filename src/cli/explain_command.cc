#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/output_file.h"
#include "cli/pipeline_files.h"
#include "sluice/explain.h"

namespace sluice::cli {
namespace {

constexpr const char* kExplainExample = R"(Examples:
  sluice explain pipeline.yaml
  sluice explain pipeline.yaml --format mermaid
  sluice explain pipeline.yaml --format svg -o pipeline.svg

How the pipeline runs batch by batch, as its planner has it: who reads whom, what each view keeps
in its state, by which keys and until when, and which output modes it allows, with the reason
for those that it does not. Runs nothing and writes nothing.)";

struct ExplainArguments {
  std::string path;
  std::string format = "text";
  std::string output;
  bool force = false;
  std::vector<std::string> variables;
};

int explain_pipeline(const ExplainArguments& arguments) {
  if (arguments.path.empty()) return fail(which_pipeline("explain", "FILE"));
  static const std::map<std::string, ExplainFormat> kFormats = {
      {"text", ExplainFormat::kText},
      {"json", ExplainFormat::kJson},
      {"mermaid", ExplainFormat::kMermaid},
      {"svg", ExplainFormat::kSvg}};
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  const auto text = explain(*pipeline, kFormats.at(arguments.format));
  if (!text) return fail(text.error(), arguments.path);
  const auto written = write_output(arguments.output, *text, arguments.force);
  return written ? kFine : fail(written.error());
}

}  // namespace

void add_explain_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command =
      app.add_subcommand("explain", "Show how a pipeline runs: what reads what, what is kept");
  command->footer(kExplainExample);
  command->add_option("file", arguments->path, "A pipeline file")->type_name("FILE");
  command
      ->add_option("--format", arguments->format,
                   "text (a tree), json, mermaid (a flowchart) or svg (a picture)")
      ->check(CLI::IsMember({"text", "json", "mermaid", "svg"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_option("-o,--output", arguments->output, "Where to write it; else standard output")
      ->type_name("FILE");
  command->add_flag("--force", arguments->force, "Writes over what is there");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return explain_pipeline(*arguments); }; });
}

}  // namespace sluice::cli
