#include <algorithm>
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

struct TopicArguments {
  KafkaArguments kafka;
  NewTopic topic;
  std::vector<std::string> config;
};

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

int create(TopicArguments& arguments, const KafkaConnection& connection, std::stop_token stop) {
  for (const std::string& text : arguments.config) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(user_error("--config " + text + ": write --config NAME=VALUE"));
    }
    arguments.topic.config[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (auto result = create_topic(connection, arguments.topic, std::move(stop)); !result) {
    return fail(result.error());
  }
  write_all(STDOUT_FILENO, "created " + arguments.topic.name + " with " +
                               counted(arguments.topic.partitions, "partition", "partitions") +
                               "\n");
  return kFine;
}

int list(const TopicArguments& /*arguments*/, const KafkaConnection& connection,
         std::stop_token stop) {
  const auto topics = list_topics(connection, std::move(stop));
  if (!topics) return fail(topics.error());
  std::size_t width = 0;
  for (const TopicSummary& topic : *topics) width = std::max(width, topic.name.size());
  std::string text;
  for (const TopicSummary& topic : *topics) {
    text +=
        padded(topic.name, width + 2) + counted(topic.partitions, "partition", "partitions") + "\n";
  }
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int describe(const TopicArguments& arguments, const KafkaConnection& connection,
             std::stop_token stop) {
  const auto topic = describe_topic(connection, arguments.topic.name, std::move(stop));
  if (!topic) return fail(topic.error());
  std::int64_t sum = 0;
  std::string lines;
  for (const PartitionDescription& partition : topic->partitions) {
    const std::int64_t records = partition.end_offset - partition.first_offset;
    sum += records;
    std::string replicas;
    for (const int replica : partition.replicas) {
      replicas += (replicas.empty() ? "" : ",") + std::to_string(replica);
    }
    lines += right(std::to_string(partition.partition), 11) +
             right(std::to_string(partition.first_offset), 16) +
             right(std::to_string(partition.end_offset), 16) + right(count_text(records), 16) +
             "\n";
  }
  std::string settings;
  for (const auto& [name, value] : topic->config) settings += "  " + name + "=" + value + "\n";
  write_all(
      STDOUT_FILENO,
      topic->name + ": " +
          counted(static_cast<std::int64_t>(topic->partitions.size()), "partition", "partitions") +
          ", " + counted(sum, "record", "records") + "\n" +
          "  partition    first offset      end offset         records    leader    replicas\n" +
          lines + settings);
  return kFine;
}

int remove(const TopicArguments& arguments, const KafkaConnection& connection,
           std::stop_token stop) {
  if (auto result = delete_topic(connection, arguments.topic.name, std::move(stop)); !result) {
    return fail(result.error());
  }
  write_all(STDOUT_FILENO, "deleted " + arguments.topic.name + "\n");
  return kFine;
}

template <class Work>
void act(CLI::App& command, Action& action, const std::shared_ptr<TopicArguments>& arguments,
         Work work) {
  add_kafka_options(command, arguments->kafka);
  command.callback([&action, arguments, work] {
    action = [arguments, work] {
      const auto connection = connection_of(arguments->kafka);
      if (!connection) return fail(connection.error());
      const StopSignals signals([] {});
      return work(*arguments, *connection, signals.token());
    };
  });
}

}  // namespace

void add_topic_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<TopicArguments>();
  CLI::App* topic = app.add_subcommand("topic", "Create, list, describe or delete topics of Kafka");
  topic->require_subcommand(1);
  topic->footer("Example:\n  sluice topic create invoices --partitions 4");

  CLI::App* making = topic->add_subcommand("create", "Create a topic");
  making->footer(
      "Example:\n  sluice topic create invoices --partitions 4 --config retention.ms=3600000");
  making->add_option("name", arguments->topic.name, "The topic")->required()->type_name("TOPIC");
  making->add_option("--partitions", arguments->topic.partitions, "How many")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N")
      ->capture_default_str();
  making
      ->add_option("--replication", arguments->topic.replication,
                   "Copies of each partition; by default the broker's")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  making
      ->add_option("--config", arguments->config,
                   "A setting of the topic; may be given several times")
      ->type_name("NAME=VALUE");
  act(*making, action, arguments, create);

  CLI::App* listing = topic->add_subcommand("list", "List topics and their partitions");
  listing->footer("Example:\n  sluice topic list --brokers localhost:9092");
  act(*listing, action, arguments, list);

  CLI::App* describing = topic->add_subcommand("describe", "Show a topic's offsets");
  describing->footer("Example:\n  sluice topic describe invoices");
  describing->add_option("name", arguments->topic.name, "The topic")
      ->required()
      ->type_name("TOPIC");
  act(*describing, action, arguments, describe);

  CLI::App* deleting = topic->add_subcommand("delete", "Delete a topic with all its records");
  deleting->footer("Example:\n  sluice topic delete invoices");
  deleting->add_option("name", arguments->topic.name, "The topic")->required()->type_name("TOPIC");
  act(*deleting, action, arguments, remove);
}

}  // namespace sluice::cli
