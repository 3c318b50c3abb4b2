#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/transfer_options.h"
#include "sluice/transfer.h"

namespace sluice::cli {
namespace {

constexpr const char* kShowExample = R"(Examples:
  sluice show lake/orders
  sluice show in/orders.csv --rows 5
  sluice show 's3://bucket/in/*.parquet' --count
  sluice show kafka://localhost:9092/orders
  sluice show kafka://localhost:9092/orders --schema 'id BIGINT, price DECIMAL(18,2)'
  sluice show --pipeline pipeline.yaml --source orders

The columns as a tree, then the first rows, then how many there are. A file is what its ending
says, a folder a Delta table or what the files in it are. CSV and JSON lines without --schema get
the types that they look like. Of records without a format key and value are shown as text when
they are UTF-8, else as 0x.... ${NAME} and ${file:/path} in an address or an option are put in as in
a pipeline file. Nothing is changed, and no checkpoint is touched.)";

struct ShowArguments {
  ShowRequest request;
  std::vector<std::string> variables;
};

std::string end_line(const ShownSource& shown) {
  const std::string columns =
      counted(static_cast<std::int64_t>(shown.columns), "column", "columns");
  if (!shown.count) return columns + "; --count counts the rows\n";
  return counted(*shown.count, "row", "rows") + ", " + columns + "\n";
}

int show(ShowArguments& arguments) {
  set_log_level(LogLevel::kWarn);
  ShowRequest& request = arguments.request;
  if (request.from.address.empty() == request.pipeline.empty()) {
    return fail(user_error(request.pipeline.empty()
                               ? "say what to show: an address, or --pipeline FILE"
                               : "an address and --pipeline both say what to show; give one"));
  }
  auto variables = parse_variables(arguments.variables);
  if (!variables) return fail(variables.error());
  request.variables = *std::move(variables);
  const StopSignals signals([] {});
  const auto shown = show_source(request, signals.token());
  if (!shown) return fail(shown.error(), request.pipeline);
  std::string rows = shown->rows;
  if (!rows.ends_with('\n')) rows += '\n';
  write_all(STDOUT_FILENO, shown->schema + "\n" + rows + end_line(*shown));
  for (const std::string& line : shown->undecoded) {
    write_all(STDERR_FILENO, warning_text("does not decode: " + one_line(line),
                                          look_at_terminal(STDERR_FILENO).colour));
  }
  return kFine;
}

}  // namespace

void add_show_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command =
      app.add_subcommand("show", "Show columns, first rows and counts of what can be read");
  command->footer(kShowExample);
  ShowRequest& request = arguments->request;
  command
      ->add_option("source", request.from.address,
                   "A file, a folder, a Delta table, here or in a store, or a connector's address")
      ->type_name("SRC");
  command->add_option("--rows", request.rows, "The most rows to show")
      ->capture_default_str()
      ->type_name("NUMBER");
  command->add_option("--truncate", request.truncate, "The most characters of a value; 0: all")
      ->capture_default_str()
      ->type_name("NUMBER");
  command->add_flag("--count", request.count, "Count all rows, however long it takes");
  add_source_options(*command, request.from);
  CLI::Option* pipeline = command
                              ->add_option("--pipeline", request.pipeline,
                                           "Show a source of this pipeline file, with its format")
                              ->type_name("FILE");
  command->add_option("--source", request.source, "Which source of the pipeline file")
      ->needs(pipeline)
      ->type_name("NAME");
  command
      ->add_option("--var", arguments->variables,
                   "A value for ${NAME} in the pipeline file; may be given several times")
      ->allow_extra_args(false)
      ->needs(pipeline)
      ->type_name("NAME=VALUE");
  command->callback([&action, arguments] { action = [arguments] { return show(*arguments); }; });
}

}  // namespace sluice::cli
