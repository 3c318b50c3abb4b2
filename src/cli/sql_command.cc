#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/query.h"

namespace sluice::cli {
namespace {

constexpr const char* kSqlExample = R"(Examples:
  sluice sql "SELECT k, count(*) FROM 'lake/orders' GROUP BY k"
  sluice sql "FROM delta('lake/orders', version := 3) LIMIT 5"
  sluice sql "FROM 's3://bucket/in/2024.parquet'" --format csv
  sluice sql "SELECT * FROM state.totals" --checkpoint checkpoint

One SELECT statement of DuckDB's SQL. FROM takes Delta tables and folders of Parquet files by their
path, on this machine or in a store; delta() also an older version: version := 3 or
as_of := '2024-05-01 12:00:00'. Files are Parquet, CSV or JSON, also read_csv('in/*.csv', ...) and
the like. Nothing is changed.)";

struct SqlArguments {
  QueryRequest request;
  std::string format = "table";
};

int run_sql(SqlArguments arguments) {
  QueryRequest& request = arguments.request;
  if (arguments.format == "csv") request.format = QueryFormat::kCsv;
  if (arguments.format == "json") request.format = QueryFormat::kJson;
  if (arguments.format == "parquet") request.format = QueryFormat::kParquet;
  const StopSignals signals([] {});
  const auto rows = query(
      request, [](std::string_view text) { write_all(STDOUT_FILENO, text); }, signals.token());
  if (!rows) return fail(rows.error());
  return kFine;
}

}  // namespace

void add_sql_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<SqlArguments>();
  CLI::App* command =
      app.add_subcommand("sql", "Query Delta tables, files and a checkpoint's state");
  command->footer(kSqlExample);
  QueryRequest& request = arguments->request;
  command->add_option("query", request.sql, "The SELECT statement")->required()->type_name("SQL");
  command->add_option("--format", arguments->format, "table, csv, json (an object a line), parquet")
      ->check(CLI::IsMember({"table", "csv", "json", "parquet"}))
      ->capture_default_str()
      ->type_name("FORMAT");
  command->add_option("--output", request.output, "Write to a file instead of standard output")
      ->type_name("FILE");
  command
      ->add_option("--checkpoint", request.checkpoint,
                   "A checkpoint's folder: its state is the schema \"state\"; SHOW TABLES lists it")
      ->type_name("FOLDER");
  command->add_option("--rows", request.rows_max, "The most rows that a table shows")
      ->capture_default_str()
      ->type_name("NUMBER");
  command->callback([&action, arguments] { action = [arguments] { return run_sql(*arguments); }; });
}

}  // namespace sluice::cli
