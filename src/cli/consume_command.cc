#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/quantity_text.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"

namespace sluice::cli {
namespace {

constexpr const char* kConsumeExample = R"(Examples:
  sluice consume invoices --count 10
  sluice consume invoices --from '2024-05-01 12:00:00' --output json
  sluice consume invoices --from end --follow

Output: value prints the bytes of each value and a line end; key-value puts the key and a
tab in front; json prints one object a record with topic, partition, offset, timestamp, key
and value. Without --follow it ends at what is the end when it begins.)";

/// Standard output is written in pieces of this size at least.
constexpr std::size_t kBufferBytes = 64 * 1024;

struct ConsumeArguments {
  KafkaArguments kafka;
  ConsumeRequest request;
  int partition = -1;
  std::string output = "value";
};

std::string line_of(const ConsumedRecord& record, const std::string& output) {
  if (output == "json") return record_json(record) + "\n";
  std::string text;
  if (output == "key-value") text = std::string(record.key.value_or("")) + "\t";
  return text + std::string(record.value.value_or("")) + "\n";
}

int run(ConsumeArguments& arguments) {
  auto connection = connection_of(arguments.kafka);
  if (!connection) return fail(connection.error());
  arguments.request.connection = *std::move(connection);
  if (arguments.partition >= 0) arguments.request.partition = arguments.partition;
  const StopSignals signals([] {});
  const bool at_once = arguments.request.follow || isatty(STDOUT_FILENO) == 1;
  std::string buffer;
  const auto count = consume(
      arguments.request,
      [&](const ConsumedRecord& record) {
        buffer += line_of(record, arguments.output);
        if (!at_once && buffer.size() < kBufferBytes) return true;
        const bool read = write_all(STDOUT_FILENO, buffer);
        buffer.clear();
        return read;
      },
      signals.token());
  write_all(STDOUT_FILENO, buffer);
  if (!count && count.error().kind() != Kind::kCancelled) return fail(count.error());
  if (count && look_at_terminal(STDERR_FILENO).live) {
    write_all(STDERR_FILENO, counted(*count, "record", "records") + "\n");
  }
  return kFine;
}

}  // namespace

void add_consume_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ConsumeArguments>();
  CLI::App* command = app.add_subcommand("consume", "Print the records of a topic");
  command->footer(kConsumeExample);
  command->add_option("topic,--topic", arguments->request.topic, "The topic")
      ->required()
      ->type_name("TOPIC");
  add_kafka_options(*command, arguments->kafka);
  command
      ->add_option("--from", arguments->request.from,
                   "beginning, end, an offset, -N (the last N of each partition) or a time (UTC)")
      ->type_name("PLACE")
      ->capture_default_str();
  command->add_option("--partition", arguments->partition, "Only this one")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N");
  command->add_option("--count", arguments->request.records_max, "Records to print at most")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_flag("--follow", arguments->request.follow, "Wait for new records at the end");
  command->add_option("--output", arguments->output, "value, key-value or json")
      ->check(CLI::IsMember({"value", "key-value", "json"}))
      ->type_name("STYLE")
      ->capture_default_str();
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace sluice::cli
