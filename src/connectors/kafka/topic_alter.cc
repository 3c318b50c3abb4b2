#include <array>
#include <utility>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/commit_log.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/topic_admin.h"

namespace sluice::connectors::kafka {
namespace {

using OwnedNewPartitions =
    std::unique_ptr<rd_kafka_NewPartitions_t, Freed<rd_kafka_NewPartitions_destroy>>;
using OwnedConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Freed<rd_kafka_ConfigResource_destroy>>;

}  // namespace

Status TopicAdmin::alter_topic(const TopicChange& change, std::stop_token stop) {
  if (change.partitions == 0 && change.config.empty() && change.unset.empty()) {
    return user_error("there is nothing to alter; say --partitions, --config or --delete-config");
  }
  SLUICE_ASSIGN(const auto shapes, cluster_->describe({change.name}, stop));
  const auto shape = shapes.find(change.name);
  if (shape == shapes.end()) return cluster_->unknown_topic(change.name);
  bool has_notes = change.name == kCommitsTopic;
  if (change.partitions > 0 && !has_notes) {
    SLUICE_TRY(wait_for_leaders(change.name, stop));
    SLUICE_ASSIGN(has_notes,
                  holds_notes(connection_, {{change.name, shape->second}}, files_, stop));
  }
  if (change.partitions > 0 && has_notes) {
    return user_error(
        "topic '" + change.name +
        "' keeps its number of partitions: sinks find what they have published by it");
  }
  if (change.partitions > 0 && change.partitions <= shape->second.partitions) {
    return user_error("topic '" + change.name + "' has " +
                      std::to_string(shape->second.partitions) +
                      " partitions, and can only get more; it cannot lose any, since records would "
                      "be lost with them");
  }
  if (!change.config.empty() || !change.unset.empty()) SLUICE_TRY(alter_config(change, stop));
  if (change.partitions == 0) return {};
  auto added = add_partitions(change, std::move(stop));
  if (!added && !(change.config.empty() && change.unset.empty())) {
    return std::move(added).error().with("the settings were changed, the partitions were not");
  }
  return added;
}

/// All settings or, when the broker refuses one, none.
Status TopicAdmin::alter_config(const TopicChange& change, const std::stop_token& stop) {
  const std::string what = "kafka: alter topic; topic=" + change.name;
  const OwnedConfigResource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, change.name.c_str()));
  const auto add = [&](const std::string& name, rd_kafka_AlterConfigOpType_t operation,
                       const char* value) -> Status {
    const OwnedError refused(rd_kafka_ConfigResource_add_incremental_config(
        resource.get(), name.c_str(), operation, value));
    if (!refused) return {};
    return kafka_error(rd_kafka_error_code(refused.get()), what + " setting=" + name,
                       rd_kafka_error_string(refused.get()));
  };
  for (const auto& [name, value] : change.config) {
    SLUICE_TRY(add(name, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value.c_str()));
  }
  for (const std::string& name : change.unset) {
    SLUICE_TRY(add(name, RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, nullptr));
  }
  Client& client = cluster_->client();
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS);
  rd_kafka_ConfigResource_t* one = resource.get();
  rd_kafka_IncrementalAlterConfigs(client.handle(), &one, 1, options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client.answer(queue.get(), "alter topic", stop));
  std::size_t count = 0;
  const auto* const* results = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(event.get()), &count);
  if (count != 1) return internal_error(what + ": the broker answered for another topic");
  const auto code = rd_kafka_ConfigResource_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* text = rd_kafka_ConfigResource_error_string(results[0]);
  return kafka_error(code, what, text == nullptr ? "" : text);
}

Status TopicAdmin::add_partitions(const TopicChange& change, std::stop_token stop) {
  const std::string what = "kafka: add partitions; topic=" + change.name;
  std::array<char, 512> text{};
  const OwnedNewPartitions request(rd_kafka_NewPartitions_new(
      change.name.c_str(), static_cast<std::size_t>(change.partitions), text.data(), text.size()));
  if (!request) return user_error(what + ": " + text.data());
  Client& client = cluster_->client();
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
  rd_kafka_NewPartitions_t* one = request.get();
  rd_kafka_CreatePartitions(client.handle(), &one, 1, options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client.answer(queue.get(), "add partitions", stop));
  std::size_t count = 0;
  const auto* const* results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &count);
  SLUICE_TRY(topic_outcome(results, count, what));
  return wait_for_leaders(change.name, std::move(stop));
}

}  // namespace sluice::connectors::kafka
