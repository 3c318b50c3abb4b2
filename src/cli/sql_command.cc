#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/remote_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/query.h"
#include "sluice/remote.h"

namespace sluice::cli {
namespace {

constexpr const char* kSqlExample = R"(Examples:
  sluice sql "SELECT k, count(*) FROM 'lake/orders' GROUP BY k"
  sluice sql "FROM delta('lake/orders', version := 3) LIMIT 5"
  sluice sql "FROM 's3://bucket/in/2024.parquet'" --format csv
  sluice sql "SELECT * FROM state.totals" --checkpoint checkpoint
  sluice sql "SELECT * FROM totals" --connect 127.0.0.1:8484

One SELECT statement of DuckDB's SQL. FROM takes Delta tables and folders of Parquet files by their
path, on this machine or in a store; delta() also an older version: version := 3 or
as_of := '2024-05-01 12:00:00'. Files are Parquet, CSV or JSON, also read_csv('in/*.csv', ...) and
the like. Nothing is changed.

With --connect the query is asked of a running sluice that serves its page (sluice run --ui): FROM
takes the sources, views and tables of its pipeline, and no files. Sources and views of a stream
have the rows of the next batch. What is asked again ends with 1, what is wrong with 2.)";

struct SqlArguments {
  QueryRequest request;
  RemoteArguments remote{.remote = {.address = ""}, .token_file = ""};
  std::string pipeline;
  std::string format = "table";
};

Status check_remote(const SqlArguments& arguments) {
  const QueryRequest& request = arguments.request;
  if (!request.checkpoint.empty()) {
    return user_error("--connect asks a running pipeline, --checkpoint a folder; give one of them");
  }
  if (arguments.format == "parquet") {
    return user_error(
        "--connect gives table, csv or json; with --checkpoint FOLDER, or FROM a "
        "Delta table, the result can be Parquet");
  }
  if (!request.output.empty()) {
    return user_error("--connect writes to standard output; write > FILE instead of --output");
  }
  if (request.rows_max < 1 || request.rows_max > kQuestionRowsMax) {
    return user_error("--rows is 1 to " + std::to_string(kQuestionRowsMax) + " with --connect");
  }
  return {};
}

int ask_remote(SqlArguments& arguments) {
  if (auto fits = check_remote(arguments); !fits) return fail(fits.error());
  const bool is_table = arguments.format == "table";
  Question question{.sql = arguments.request.sql};
  question.rows_max = is_table ? arguments.request.rows_max : kQuestionRowsMax;
  question.form = is_table                    ? QuestionForm::kTable
                  : arguments.format == "csv" ? QuestionForm::kCsv
                                              : QuestionForm::kLines;
  const StopSignals signals([] {});
  auto answer = [&]() -> Result<RemoteAnswer> {
    SLUICE_ASSIGN(auto remote, connect(arguments.remote));
    return remote.ask(arguments.pipeline, question, signals.token());
  }();
  if (!answer) return fail(answer.error());
  write_all(STDOUT_FILENO, answer->text);
  if (answer->is_truncated && !is_table) {
    write_all(STDERR_FILENO, "there are more rows than these; a running pipeline gives " +
                                 std::to_string(kQuestionRowsMax) + " at most\n");
  }
  return kFine;
}

int run_sql(SqlArguments arguments) {
  if (!arguments.remote.remote.address.empty()) return ask_remote(arguments);
  if (!arguments.pipeline.empty()) {
    return fail(user_error("--pipeline is for --connect ADDRESS; a checkpoint has one pipeline"));
  }
  if (!arguments.remote.token_file.empty() || !arguments.remote.remote.ca_file.empty()) {
    return fail(user_error("--token-file and --ca-file are for --connect ADDRESS; leave them out"));
  }
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
  CLI::App* command = app.add_subcommand(
      "sql", "Query Delta tables, files, a checkpoint's state and a running pipeline");
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
  add_remote_options(*command, arguments->remote,
                     "Ask a running sluice, where it serves its page: HOST:PORT, or a URL");
  command
      ->add_option("--pipeline", arguments->pipeline,
                   "Which of its pipelines; may be left out when there is one")
      ->type_name("NAME");
  command->callback([&action, arguments] { action = [arguments] { return run_sql(*arguments); }; });
}

}  // namespace sluice::cli
