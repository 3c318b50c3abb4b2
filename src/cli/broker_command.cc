#include <condition_variable>
#include <memory>
#include <mutex>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "sluice/kafka.h"

namespace sluice::cli {
namespace {

constexpr const char* kBrokerExample = R"(Example:
  sluice broker &
  sluice produce invoices.csv --topic invoices

A Kafka broker in memory, for demos and tests: everything in it is gone when it ends. Prints
its address on standard output; pipelines and commands find it as `brokers: embedded`. Runs
until Ctrl+C.

It serves sluice, other clients made of librdkafka (kcat; confluent-kafka for Python, Go,
.NET) and Java's (Spark, Kafka's own): producers, also with transactions, consumers by partition
or in a group, topics.)";

struct BrokerArguments {
  BrokerRequest request;
  std::int64_t partition_mib = 256;
  bool quiet = false;
};

int run(BrokerArguments& arguments) {
  const StopSignals signals([] {});
  arguments.request.partition_bytes = arguments.partition_mib << 20;
  arguments.request.announce = !arguments.quiet;
  const auto broker = EmbeddedBroker::start(arguments.request);
  if (!broker) return fail(broker.error());
  write_all(STDOUT_FILENO, broker->address() + "\n");
  if (look_at_terminal(STDERR_FILENO).live) {
    write_all(STDERR_FILENO,
              "the embedded broker runs until Ctrl+C; everything in it is gone then\n");
  }
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, signals.token(), [] { return false; });
  return kFine;
}

}  // namespace

void add_broker_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<BrokerArguments>();
  CLI::App* command = app.add_subcommand("broker", "Run a small Kafka broker on this machine");
  command->footer(kBrokerExample);
  command->add_option("--port", arguments->request.port, "Loopback port; 0: any that is free")
      ->check(CLI::Range(0, 65535))
      ->type_name("PORT")
      ->capture_default_str();
  command
      ->add_option("--partitions", arguments->request.partitions,
                   "Partitions of topics that are created when they are first written to")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--partition-mib", arguments->partition_mib,
                   "The most that a partition holds, in MiB; further records are refused")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--no-announce", arguments->quiet, "Do not let `brokers: embedded` find it");
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace sluice::cli
