#include <chrono>
#include <ios>
#include <memory>
#include <mutex>
#include <optional>

#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/copy_progress.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/status_line.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr const char* kProduceExample = R"(Examples:
  sluice produce invoices.csv --topic invoices --key invoice_ID
  sluice produce pipeline.yaml --topic invoices --rate 1000
  zcat old.jsonl.gz | sluice produce --json - --topic invoices
  sluice produce --topic orders --format avro --schema orders.avsc < orders.jsonl
  sluice produce orders.csv --topic orders --format avro --registry http://127.0.0.1:8081
  sluice produce orders.jsonl --topic orders --format protobuf --schema orders.proto \
      --message shop.Order

A row of CSV or of a generator becomes one JSON object. In CSV an unquoted field that is a
JSON number stays one, digit by digit; true and false become booleans, an empty field null,
everything else text. CSV is read by the rules of the source csv: UTF-8, as many fields in
each row as in the header. A file with a broken row is refused before anything is sent; a
pipe's rows before it are sent, and --skip goes on after them. A line of JSON is sent as it
is.

With --format avro or protobuf each row becomes a value of the schema: of the file or, with
--registry alone, of the newest version of the topic's subject. With both the file's schema
is registered first. A row that does not fit, or has a field that the schema lacks, is an
error with its line.)";

struct ProduceArguments {
  KafkaArguments kafka;
  ProduceRequest request;
  std::string csv;
  std::string json;
  std::string generator;
};

/// A file or a pipe, not a terminal and not nothing.
bool is_given(int descriptor) {
  struct stat about{};
  if (fstat(descriptor, &about) != 0) return false;
  return S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode);
}

/// The file and what it is: a bare FILE by its ending, or one of --csv, --json and --generator;
/// without any, lines of JSON from standard input.
Status choose_input(ProduceArguments& arguments) {
  int given = arguments.request.file.empty() ? 0 : 1;
  auto choose = [&](const std::string& file, ProduceInput input) {
    if (file.empty()) return;
    ++given;
    arguments.request.file = file;
    arguments.request.input = input;
  };
  choose(arguments.csv, ProduceInput::kCsv);
  choose(arguments.json, ProduceInput::kJsonLines);
  choose(arguments.generator, ProduceInput::kGenerator);
  if (given == 0 && is_given(STDIN_FILENO)) choose("-", ProduceInput::kJsonLines);
  if (given != 1) {
    return user_error(
        "produce what? name one of FILE, --csv FILE, --json FILE or --generator FILE, or give "
        "lines of JSON to standard input");
  }
  return {};
}

/// "[############............]  50 %   1,234 rows   617 rows/s".
class Bar {
 public:
  explicit Bar(bool live) {
    if (live) line_.emplace([this](std::size_t columns) { return render(columns); });
  }

  void show(const ProduceProgress& progress) {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
  }

  void close() { line_.reset(); }
  std::int64_t elapsed_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 start_)
        .count();
  }

 private:
  std::string render(std::size_t columns) {
    const std::lock_guard lock(mutex_);
    std::string text;
    if (progress_.done >= 0) text = bar_text(progress_.done);
    text += counted(progress_.rows, "row", "rows") + "   " + bytes_text(progress_.bytes) + "   " +
            rate_text(progress_.rows, elapsed_us());
    return text.substr(0, columns - 1);
  }

  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;  // guards progress_
  ProduceProgress progress_;
  std::optional<StatusLine> line_;  // last: its thread calls render()
};

int run(ProduceArguments& arguments) {
  if (auto chosen = choose_input(arguments); !chosen) return fail(chosen.error());
  auto connection = connection_of(arguments.kafka);
  if (!connection) return fail(connection.error());
  arguments.request.connection = *std::move(connection);
  // What is at hand of a pipe can then be seen.
  std::ios::sync_with_stdio(false);
  const StopSignals signals([] {});
  Bar bar(look_at_terminal(STDERR_FILENO).live);
  const auto done = produce(
      arguments.request, [&](const ProduceProgress& progress) { bar.show(progress); },
      signals.token());
  bar.close();
  if (!done) return fail(done.error(), arguments.request.file);
  write_all(STDERR_FILENO, counted(done->rows, "row", "rows") + " (" + bytes_text(done->bytes) +
                               ") to " + arguments.request.topic + " in " +
                               duration_text(bar.elapsed_us()) + " (" +
                               rate_text(done->rows, bar.elapsed_us()) + ")" +
                               (signals.token().stop_requested() ? ", stopped" : "") + "\n");
  return kFine;
}

}  // namespace

void add_produce_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ProduceArguments>();
  CLI::App* command =
      app.add_subcommand("produce", "Send rows of a file or a generator to a topic");
  command->footer(kProduceExample);
  command
      ->add_option(
          "file", arguments->request.file,
          ".csv, .json .jsonl .ndjson (a record a line) or .yaml (a pipeline with a generator)")
      ->type_name("FILE");
  command
      ->add_option("--csv", arguments->csv, "A CSV file with a header, whatever its name; -: stdin")
      ->type_name("FILE");
  command->add_option("--json", arguments->json, "A file with a record a line; -: stdin")
      ->type_name("FILE");
  command
      ->add_option("--generator", arguments->generator, "A pipeline file with a generator source")
      ->type_name("FILE");
  command->add_option("--source", arguments->request.source, "Which generator of the pipeline file")
      ->type_name("NAME");
  command->add_option("--topic", arguments->request.topic, "Where to send them")
      ->required()
      ->type_name("TOPIC");
  add_kafka_options(*command, arguments->kafka);
  add_format_options(*command, arguments->request.format, "value",
                     "without it JSON, as the rows are");
  command
      ->add_option("--key", arguments->request.key_column,
                   "The column whose value is the record's key")
      ->type_name("COLUMN");
  command->add_option("--rate", arguments->request.rows_per_second, "Rows per second at most")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command
      ->add_option("--partitions", arguments->request.create_partitions,
                   "Partitions of a topic that does not exist yet; 0: such a topic is an error")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--delimiter", arguments->request.delimiter,
                   "The character between the fields of CSV")
      ->type_name("CHARACTER")
      ->capture_default_str();
  command->add_option("--count", arguments->request.rows_max, "Rows to send at most")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command
      ->add_option("--skip", arguments->request.rows_skipped,
                   "Rows at the start that are not sent: an earlier run has sent them")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace sluice::cli
