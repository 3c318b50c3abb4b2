#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "sluice/handover.h"

namespace sluice::cli {
namespace {

constexpr const char* kHandoverExample = R"(Examples:
  sluice handover pipeline.yaml --to spark
  sluice handover pipeline.yaml --from spark
  sluice handover pipeline.yaml --from spark --spark-checkpoint /data/checkpoints/bronze

The engine that was running is stopped first. The other one then goes on with the same tables, without
a gap and without doubles, and the checkpoint that was left cannot be run any more
(E_HANDED_OVER). Whole or not at all: after a kill the same command finishes it.)";

struct HandoverArguments {
  HandoverRequest request;
  std::vector<std::string> variables;
  std::string to;
  std::string from;
};

std::string query_lines(const Handover& handover) {
  std::string text;
  for (const HandedQuery& query : handover.queries) {
    text +=
        "  " + query.name + ": batch " + std::to_string(query.batch) + " in " + query.folder + "\n";
    for (const std::string& place : query.places) text += "    " + place + "\n";
  }
  return text;
}

int hand_over(const HandoverArguments& arguments) {
  if (arguments.to.empty() && arguments.from.empty()) {
    return fail(user_error("who goes on? Write --to spark or --from spark"));
  }
  HandoverRequest request = arguments.request;
  auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  request.variables = *std::move(variables);
  const bool to_spark = !arguments.to.empty();
  const auto done = to_spark ? hand_over_to_spark(request) : hand_over_from_spark(request);
  if (!done) return fail(done.error(), request.pipeline_file);
  const std::string who = to_spark ? "Spark" : "sluice";
  std::string text = done->pipeline + ": ";
  if (done->was_done) {
    text += who + " goes on already; nothing was changed\n";
  } else {
    text += who + " goes on after batch " + std::to_string(done->batch) + " (checkpoint " +
            done->checkpoint + ")\n" + query_lines(*done);
  }
  write_all(STDOUT_FILENO, text);
  return kFine;
}

}  // namespace

void add_handover_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<HandoverArguments>();
  CLI::App* command = app.add_subcommand(
      "handover", "Let Spark go on with a pipeline's tables, or sluice with those of a Spark job");
  command->footer(kHandoverExample);
  command->add_option("file", arguments->request.pipeline_file, "The pipeline file")
      ->required()
      ->type_name("FILE");
  CLI::Option* to = command->add_option("--to", arguments->to, "Spark goes on")
                        ->type_name("spark")
                        ->check(CLI::IsMember({"spark"}));
  CLI::Option* from = command->add_option("--from", arguments->from, "sluice goes on")
                          ->type_name("spark")
                          ->check(CLI::IsMember({"spark"}))
                          ->excludes(to);
  command
      ->add_option("--spark-checkpoint", arguments->request.spark_checkpoint,
                   "The checkpointLocation of Spark's query; of a pipeline with several sinks a "
                   "folder with one for each, named as it, and dead-letters-SOURCE. By default "
                   "`spark` in the pipeline's checkpoint")
      ->type_name("FOLDER");
  command
      ->add_option("--app-id", arguments->request.app_id,
                   "The txnAppId with which Spark's job writes into the Delta table; by default "
                   "PIPELINE/SINK")
      ->type_name("ID")
      ->needs(from);
  command
      ->add_option("--var", arguments->variables, "A value for ${NAME}; may be given several times")
      ->type_name("NAME=VALUE");
  command->callback(
      [&action, arguments] { action = [arguments] { return hand_over(*arguments); }; });
}

}  // namespace sluice::cli
