#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/output_file.h"
#include "cli/stop_signals.h"
#include "sluice/infer.h"

namespace sluice::cli {
namespace {

constexpr const char* kInferExample = R"(Examples:
  sluice infer in/orders.csv
  sluice infer in/orders.jsonl -o orders.yaml
  sluice infer kafka://localhost:9092/orders --to lake/orders
  sluice infer lake/orders --json
  sluice infer 's3://bucket/in/*.csv' --schema

Looks at the first records and prints a pipeline that reads them, which is ready to be checked and
run: the schema, with the reason for each type beside it, what may be a key and the event time.
Money becomes a DECIMAL, digits with zeros in front stay texts, and of a date that may be read in
two ways it says so. Records that do not decode are counted. Nothing is changed.)";

struct InferArguments {
  InferRequest request;
  bool schema = false;
  bool json = false;
  std::string output;
  bool force = false;
};

int infer(const InferArguments& arguments) {
  set_log_level(LogLevel::kWarn);
  const StopSignals signals([] {});
  const auto found = infer_source(arguments.request, signals.token());
  if (!found) return fail(found.error());
  const std::string& text = arguments.schema ? found->schema
                            : arguments.json ? found->json
                                             : found->pipeline;
  const auto written = write_output(arguments.output, text, arguments.force);
  return written ? kFine : fail(written.error());
}

}  // namespace

void add_infer_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<InferArguments>();
  CLI::App* command =
      app.add_subcommand("infer", "Look at a source and write its schema and a pipeline");
  command->footer(kInferExample);
  InferRequest& request = arguments->request;
  command
      ->add_option("source", request.from.address,
                   "A file, a folder, a Delta table, here or in a store, or a connector's address")
      ->required()
      ->type_name("SRC");
  command->add_option("--records", request.records, "The most records to look at")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->capture_default_str()
      ->type_name("NUMBER");
  command
      ->add_option("--to", request.to,
                   "Where the pipeline writes: an address, as `sluice copy` takes it; else to the "
                   "console")
      ->type_name("DST");
  command
      ->add_option("--format", request.from.format,
                   "The format of records, where it is known: avro: {registry: ...}")
      ->type_name("FORMAT");
  command
      ->add_option("--from-option", request.from.options,
                   "A further option of the source (docs/reference/options.md), its value in YAML; "
                   "may be given several times")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  CLI::Option* schema = command->add_flag("--schema", arguments->schema, "The schema alone");
  command->add_flag("--json", arguments->json, "What was found, for programs")->excludes(schema);
  command->add_option("-o,--output", arguments->output, "Where to write it; else standard output")
      ->type_name("FILE");
  command->add_flag("--force", arguments->force, "Writes over what is there");
  command->callback([&action, arguments] { action = [arguments] { return infer(*arguments); }; });
}

}  // namespace sluice::cli
