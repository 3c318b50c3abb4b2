#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/quantity_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr const char* kConsumeExample = R"(Examples:
  sluice consume invoices --count 10
  sluice consume invoices --from '2024-05-01 12:00:00' --output json
  sluice consume invoices --from end --follow
  sluice consume orders --format avro --registry http://127.0.0.1:8081
  sluice consume orders --format protobuf --schema orders.proto --message shop.Order
  sluice consume --pipeline pipeline.yaml --source invoices --from -5 --output table

Output: value prints the bytes of each value and a line end; key-value puts the key and a
tab in front; json prints one object a record with topic, partition, offset, timestamp, key
and value. Without --follow it ends at what was the end when it began.

With --format, or with --pipeline as by that Kafka source of the file, which also names the
brokers and the topic, the records are decoded: json prints one object a row with the
columns, table prints tables as Spark does. A record that does not decode goes to standard error, with its
place and the reason.)";

/// Standard output is written in pieces of this size at least.
constexpr std::size_t kBufferBytes = 64 * 1024;

struct ConsumeArguments {
  KafkaArguments kafka;
  ConsumeRequest request;
  DecodeRequest decode;  ///< its file is empty: raw records
  std::vector<std::string> variables;
  int partition = -1;
  std::string output;  ///< empty: value, or json when decoded
};

std::string line_of(const ConsumedRecord& record, const std::string& output) {
  if (output == "json") return record_json(record) + "\n";
  std::string text;
  if (output == "key-value") text = std::string(record.key.value_or("")) + "\t";
  return text + std::string(record.value.value_or("")) + "\n";
}

/// Standard output in large pieces; at once where somebody waits for it.
class Output {
 public:
  explicit Output(bool at_once) : at_once_(at_once) {}

  /// False when nobody reads it any more.
  bool write(std::string_view text) {
    buffer_ += text;
    return (!at_once_ && buffer_.size() < kBufferBytes) || flush();
  }

  bool flush() {
    const bool read = write_all(STDOUT_FILENO, buffer_);
    buffer_.clear();
    return read;
  }

 private:
  bool at_once_;
  std::string buffer_;
};

Result<DecodedCount> print_raw(ConsumeArguments& arguments, Output& output, std::stop_token stop) {
  SLUICE_ASSIGN(arguments.request.connection, connection_of(arguments.kafka));
  DecodedCount count;
  SLUICE_ASSIGN(count.records, consume(
                                   arguments.request,
                                   [&](const ConsumedRecord& record) {
                                     return output.write(line_of(record, arguments.output));
                                   },
                                   std::move(stop)));
  return count;
}

Result<DecodedCount> print_decoded(ConsumeArguments& arguments, Output& output,
                                   std::stop_token stop) {
  SLUICE_ASSIGN(arguments.request.connection, connection_of(arguments.kafka));
  SLUICE_ASSIGN(arguments.decode.variables, parse_variables(arguments.variables));
  arguments.decode.table = arguments.output == "table";
  return consume_decoded(
      arguments.request, arguments.decode,
      [&](std::string_view text) { return output.write(text); },
      [&](const std::string& line) {
        // So that on a terminal the two come in the order of their records, roughly.
        output.flush();
        write_all(STDERR_FILENO, one_line(line) + "\n");
      },
      std::move(stop));
}

bool has_format(const RecordFormat& format) {
  return !format.format.empty() || !format.schema_file.empty() || !format.registry.empty() ||
         !format.message.empty();
}

/// Which styles there are depends on whether there are columns.
Status check(ConsumeArguments& arguments) {
  const bool has_file = !arguments.decode.file.empty();
  const bool decodes = has_file || has_format(arguments.decode.format);
  if (arguments.output.empty()) arguments.output = decodes ? "json" : "value";
  if (!has_file && arguments.request.topic.empty()) {
    return user_error("consume what? name a TOPIC, or a source with --pipeline FILE");
  }
  if (has_file && has_format(arguments.decode.format)) {
    return user_error(
        "--format, --schema, --registry, --message: with --pipeline the file's source says what "
        "the format is; remove them, or --pipeline");
  }
  if (!decodes && arguments.output == "table") {
    return user_error(
        "--output table needs columns; name what makes them with --format FORMAT or --pipeline "
        "FILE");
  }
  if (decodes && arguments.output != "json" && arguments.output != "table") {
    return user_error("--output " + arguments.output +
                      " prints raw records; with --format or --pipeline write json or table");
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it.
  const char* const environment = std::getenv("KAFKA_BROKERS");
  const bool connects = arguments.kafka.brokers != (environment ? environment : "embedded") ||
                        !arguments.kafka.properties.empty();
  if (has_file && connects) {
    return user_error(
        "--brokers, --property: with --pipeline the file's source says how to connect; a ${NAME} "
        "there is set with --var NAME=VALUE");
  }
  return {};
}

int run(ConsumeArguments& arguments) {
  if (auto fine = check(arguments); !fine) return fail(fine.error());
  if (arguments.partition >= 0) arguments.request.partition = arguments.partition;
  const StopSignals signals([] {});
  Output output(arguments.request.follow || isatty(STDOUT_FILENO) == 1);
  const bool decodes = !arguments.decode.file.empty() || has_format(arguments.decode.format);
  const auto print = decodes ? print_decoded : print_raw;
  const auto count = print(arguments, output, signals.token());
  output.flush();
  if (!count && count.error().kind() == Kind::kCancelled) return kFine;
  if (!count) return fail(count.error(), arguments.decode.file);
  std::string text = counted(count->records, "record", "records");
  if (count->undecoded > 0) {
    text += ", of which " + count_text(count->undecoded) + " did not decode";
  }
  if (look_at_terminal(STDERR_FILENO).live || count->undecoded > 0) {
    write_all(STDERR_FILENO, text + "\n");
  }
  return kFine;
}

}  // namespace

void add_consume_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ConsumeArguments>();
  CLI::App* command = app.add_subcommand("consume", "Print the records of a topic");
  command->footer(kConsumeExample);
  command
      ->add_option("topic,--topic", arguments->request.topic,
                   "The topic; with --pipeline by default the source's")
      ->type_name("TOPIC");
  add_kafka_options(*command, arguments->kafka);
  add_format_options(*command, arguments->decode.format, "format", "without it values are bytes");
  command
      ->add_option("--from", arguments->request.from,
                   "beginning, end, an offset, -N (the last N of each partition) or a time (UTC)")
      ->type_name("PLACE")
      ->capture_default_str();
  command->add_option("--partition", arguments->partition, "Only this partition")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N");
  command->add_option("--count", arguments->request.records_max, "Records to print at most")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_flag("--follow", arguments->request.follow, "Wait for new records at the end");
  command
      ->add_option("--output", arguments->output,
                   "value (the default), key-value or json; with --format or --pipeline json (the "
                   "default) or table")
      ->check(CLI::IsMember({"value", "key-value", "json", "table"}))
      ->type_name("STYLE");
  CLI::Option* pipeline = command
                              ->add_option("--pipeline", arguments->decode.file,
                                           "Decode as a Kafka source of this pipeline file does")
                              ->type_name("FILE");
  command
      ->add_option("--source", arguments->decode.source, "Which Kafka source of the pipeline file")
      ->needs(pipeline)
      ->type_name("NAME");
  command
      ->add_option("--var", arguments->variables,
                   "A value for ${NAME} in the pipeline file; may be given several times")
      ->needs(pipeline)
      ->type_name("NAME=VALUE");
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace sluice::cli
