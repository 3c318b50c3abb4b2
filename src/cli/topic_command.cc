#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "base/quantity_text.h"
#include "base/timestamp_text.h"
#include "cli/commands.h"
#include "cli/error_view.h"
#include "cli/exit_code.h"
#include "cli/kafka_options.h"
#include "cli/stop_signals.h"
#include "cli/terminal.h"
#include "cli/text_columns.h"

namespace sluice::cli {
namespace {

struct TopicArguments {
  KafkaArguments kafka;
  NewTopic topic;
  TopicChange change;
  std::vector<std::string> config;
};

std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

/// NAME=VALUE texts as a map.
Result<std::map<std::string, std::string>> settings_of(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> settings;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return user_error("--config " + text + ": write --config NAME=VALUE");
    }
    settings[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return settings;
}

int create_one(TopicArguments& arguments, const KafkaConnection& connection, std::stop_token stop) {
  auto settings = settings_of(arguments.config);
  if (!settings) return fail(settings.error());
  arguments.topic.config = *std::move(settings);
  if (auto result = create_topic(connection, arguments.topic, std::move(stop)); !result) {
    return fail(result.error());
  }
  write_all(STDOUT_FILENO, "created " + arguments.topic.name + " with " +
                               counted(arguments.topic.partitions, "partition", "partitions") +
                               "\n");
  return kFine;
}

int alter_one(TopicArguments& arguments, const KafkaConnection& connection, std::stop_token stop) {
  auto settings = settings_of(arguments.config);
  if (!settings) return fail(settings.error());
  arguments.change.name = arguments.topic.name;
  arguments.change.config = *std::move(settings);
  if (auto result = alter_topic(connection, arguments.change, std::move(stop)); !result) {
    return fail(result.error());
  }
  std::string text = "altered " + arguments.topic.name + "\n";
  if (arguments.change.partitions > 0) {
    text += "  it has " + counted(arguments.change.partitions, "partition", "partitions") +
            " now; new records of a key may go to another one than its earlier records\n";
  }
  write_all(STDOUT_FILENO, text);
  return kFine;
}

int list_all(const TopicArguments& /*arguments*/, const KafkaConnection& connection,
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

/// "2024-05-01T12:30:00.250Z", or nothing.
/// The end of the year 9999; what is later was no number of milliseconds.
constexpr std::int64_t kTimeMsMax = 253'402'300'799'999;

std::string time_text(std::optional<std::int64_t> time_ms) {
  if (!time_ms || *time_ms < 0) return "-";
  return *time_ms > kTimeMsMax ? std::to_string(*time_ms) + " ms" : iso_time_text(*time_ms * 1000);
}

std::string settings_lines(const TopicDescription& topic) {
  std::string lines;
  for (const auto& [name, value] : topic.config) lines += "  " + name + "=" + value + "\n";
  return lines;
}

/// Each group that has committed offsets of the topic, and how many records it has still to read.
std::string group_lines(const TopicDescription& topic) {
  std::size_t width = 0;
  for (const GroupDescription& group : topic.groups) width = std::max(width, group.name.size());
  std::string lines;
  for (const GroupDescription& group : topic.groups) {
    lines += "  group " + padded(group.name, width) + "  lag " + count_text(group.lag) + " in " +
             counted(group.partitions, "partition", "partitions") + "\n";
  }
  return lines;
}

int describe_one(const TopicArguments& arguments, const KafkaConnection& connection,
                 std::stop_token stop) {
  const auto topic = describe_topic(connection, arguments.topic.name, std::move(stop));
  if (!topic) return fail(topic.error());
  std::int64_t sum = 0;
  std::string lines;
  for (const PartitionDescription& partition : topic->partitions) {
    // Not all need have a record: markers of transactions, what compaction has removed.
    const std::int64_t offsets = partition.end_offset - partition.first_offset;
    sum += offsets;
    std::string replicas;
    for (const int replica : partition.replicas) {
      replicas += (replicas.empty() ? "" : ",") + std::to_string(replica);
    }
    lines += right(std::to_string(partition.partition), 11) +
             right(std::to_string(partition.first_offset), 14) +
             right(std::to_string(partition.end_offset), 14) + right(count_text(offsets), 14) +
             right(time_text(partition.first_ms), 25) + right(time_text(partition.newest_ms), 25) +
             right(partition.leader < 0 ? "none" : std::to_string(partition.leader), 8) + "  " +
             replicas + "\n";
  }
  write_all(
      STDOUT_FILENO,
      topic->name + ": " +
          counted(static_cast<std::int64_t>(topic->partitions.size()), "partition", "partitions") +
          ", " + counted(sum, "offset", "offsets") + "\n" +
          "  partition  first offset    end offset       offsets             first record" +
          "            newest record  leader  replicas\n" + lines + settings_lines(*topic) +
          group_lines(*topic));
  return kFine;
}

int remove_one(const TopicArguments& arguments, const KafkaConnection& connection,
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
  CLI::App* topic =
      app.add_subcommand("topic", "Create, list, describe, alter or delete topics of Kafka");
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
  act(*making, action, arguments, create_one);

  CLI::App* listing = topic->add_subcommand("list", "List topics and their partitions");
  listing->footer("Example:\n  sluice topic list --brokers localhost:9092");
  act(*listing, action, arguments, list_all);

  CLI::App* describing =
      topic->add_subcommand("describe", "Show a topic's offsets, times, settings and groups");
  describing->footer("Example:\n  sluice topic describe invoices");
  describing->add_option("name", arguments->topic.name, "The topic")
      ->required()
      ->type_name("TOPIC");
  act(*describing, action, arguments, describe_one);

  CLI::App* altering =
      topic->add_subcommand("alter", "Add partitions to a topic, change its settings");
  altering->footer(
      "Example:\n  sluice topic alter invoices --partitions 8 --config retention.ms=86400000\n\n"
      "Settings are changed first, all or none of them. Partitions can only be added; with more "
      "of\n"
      "them new records of a key may go to another one than its earlier records.");
  altering->add_option("name", arguments->topic.name, "The topic")->required()->type_name("TOPIC");
  altering->add_option("--partitions", arguments->change.partitions, "How many it has then")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  altering
      ->add_option("--config", arguments->config, "A setting to set; may be given several times")
      ->type_name("NAME=VALUE");
  altering
      ->add_option("--delete-config", arguments->change.unset,
                   "A setting that gets the broker's default again; may be given several times")
      ->type_name("NAME");
  act(*altering, action, arguments, alter_one);

  CLI::App* deleting = topic->add_subcommand("delete", "Delete a topic with all its records");
  deleting->footer("Example:\n  sluice topic delete invoices");
  deleting->add_option("name", arguments->topic.name, "The topic")->required()->type_name("TOPIC");
  act(*deleting, action, arguments, remove_one);
}

}  // namespace sluice::cli
