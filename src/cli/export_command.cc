#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/output_file.h"
#include "cli/spark_options.h"
#include "sluice/plan.h"

namespace sluice::cli {
namespace {

constexpr const char* kExportExample = R"(Examples:
  sluice export --to pyspark pipeline.yaml -o pipeline.py
  sluice export --to spark-pipelines pipeline.yaml -o project/
  sluice export --to plan pipeline.yaml

pyspark: a program that runs unchanged under spark-submit, the one that `sluice run --engine
spark` runs. spark-pipelines: a project of Spark Declarative Pipelines, a folder. plan: all that
sluice knows of the pipeline, as JSON (docs/format/plan.md). Secrets are in none of them: the
program reads them from the environment, the plan has *** in their place.)";

struct ExportArguments {
  std::string to;
  std::string path;
  std::string output;
  bool force = false;
  std::vector<std::string> variables;
  SparkArguments spark;
};

int export_pipeline(const ExportArguments& arguments) {
  const auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  const auto pipeline = Pipeline::load(arguments.path, *variables);
  if (!pipeline) return fail(pipeline.error(), arguments.path);
  if (arguments.to != "plan") {
    std::vector<std::string> words = {"export", "--to", arguments.to};
    if (!arguments.output.empty()) words.insert(words.end(), {"--output", arguments.output});
    if (arguments.force) words.emplace_back("--force");
    return hand_to_spark(*pipeline, TriggerChoice::kAsInFile, arguments.spark, std::move(words));
  }
  const auto plan = plan_json(*pipeline, {});
  if (!plan) return fail(plan.error(), arguments.path);
  const auto written = write_output(arguments.output, *plan, arguments.force);
  return written ? kFine : fail(written.error());
}

}  // namespace

void add_export_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write a pipeline file as a PySpark program, or as a plan");
  command->footer(kExportExample);
  command->add_option("file", arguments->path, "A pipeline file")->required()->type_name("FILE");
  command->add_option("--to", arguments->to, "pyspark, spark-pipelines or plan")
      ->required()
      ->check(CLI::IsMember({"pyspark", "spark-pipelines", "plan"}))
      ->type_name("FORM");
  command
      ->add_option("-o,--output", arguments->output,
                   "Where to write it; otherwise to standard output (spark-pipelines: a folder, "
                   "required)")
      ->type_name("PATH");
  command->add_flag("--force", arguments->force, "Writes over what is there");
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->allow_extra_args(false)  // what follows it is a file
      ->type_name("NAME=VALUE");
  add_python_option(*command, arguments->spark);
  command->callback(
      [&action, arguments] { action = [arguments] { return export_pipeline(*arguments); }; });
}

}  // namespace sluice::cli
