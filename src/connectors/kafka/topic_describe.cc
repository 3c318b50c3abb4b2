#include <algorithm>
#include <utility>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/topic_admin.h"

namespace sluice::connectors::kafka {
namespace {

/// Groups whose offsets are asked for, at most.
constexpr std::size_t kGroupsMax = 1000;
/// The offset of a partition's newest record by time, in Kafka's protocol.
constexpr std::int64_t kNewestTime = -3;

using OwnedTopicCollection =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freed<rd_kafka_TopicCollection_destroy>>;
using OwnedGroupOffsets = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                          Freed<rd_kafka_ListConsumerGroupOffsets_destroy>>;

std::vector<std::int32_t> node_ids(const rd_kafka_Node_t* const* nodes, std::size_t count) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(rd_kafka_Node_id(nodes[i]));
  return ids;
}

PartitionDetail detail_of(const rd_kafka_TopicPartitionInfo_t* info) {
  PartitionDetail detail;
  detail.number = rd_kafka_TopicPartitionInfo_partition(info);
  const auto* leader = rd_kafka_TopicPartitionInfo_leader(info);
  if (leader != nullptr) detail.leader = rd_kafka_Node_id(leader);
  std::size_t count = 0;
  const auto* const* replicas = rd_kafka_TopicPartitionInfo_replicas(info, &count);
  detail.replicas = node_ids(replicas, count);
  const auto* const* in_sync = rd_kafka_TopicPartitionInfo_isr(info, &count);
  detail.in_sync = node_ids(in_sync, count);
  return detail;
}

/// One offset of the group; nothing where it has committed none.
std::optional<std::int64_t> unread(const rd_kafka_topic_partition_t& committed,
                                   const TopicDetail& topic) {
  if (committed.err != RD_KAFKA_RESP_ERR_NO_ERROR || committed.offset < 0) return std::nullopt;
  const auto partition =
      std::ranges::find(topic.partitions, committed.partition, &PartitionDetail::number);
  if (partition == topic.partitions.end()) return std::nullopt;
  return std::max<std::int64_t>(0, partition->end - committed.offset);
}

}  // namespace

Result<TopicDetail> TopicAdmin::describe(const std::string& topic, std::stop_token stop) {
  Client& client = cluster_->client();
  const char* name = topic.c_str();
  const OwnedTopicCollection collection(rd_kafka_TopicCollection_of_topic_names(&name, 1));
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  rd_kafka_DescribeTopics(client.handle(), collection.get(), options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client.answer(queue.get(), "describe topic", stop));
  std::size_t count = 0;
  const auto* const* topics = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) return internal_error("kafka: describe topic: the broker gave no answer");
  const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(topics[0]));
  if (is_missing_topic(code)) return cluster_->unknown_topic(topic);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(code, "kafka: describe topic; topic=" + topic);
  }
  TopicDetail detail;
  detail.name = topic;
  SLUICE_ASSIGN(auto shapes, cluster_->describe({topic}, stop));
  detail.id = shapes[topic].id;
  SLUICE_ASSIGN(const auto begins, cluster_->offsets(shapes, kEarliestOffset, stop));
  SLUICE_ASSIGN(const auto ends, cluster_->offsets(shapes, kLatestOffset, stop));
  const auto* const* partitions = rd_kafka_TopicDescription_partitions(topics[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    PartitionDetail& partition = detail.partitions.emplace_back(detail_of(partitions[i]));
    partition.begin = find_offset(begins, topic, partition.number).value_or(0);
    partition.end = find_offset(ends, topic, partition.number).value_or(0);
  }
  SLUICE_TRY(add_times(detail, stop));
  SLUICE_TRY(add_groups(detail, stop));
  SLUICE_ASSIGN(const auto settings, this->settings(topic, std::move(stop)));
  for (const auto& [key, setting] : settings.value_or(TopicSettings())) {
    if (setting.is_own) detail.config[key] = setting.value;
  }
  return detail;
}

/// Of each partition the first and the newest record's times, where the broker says.
Status TopicAdmin::add_times(TopicDetail& detail, const std::stop_token& stop) {
  // Every record is younger than 1970.
  for (const std::int64_t ask : {std::int64_t{0}, kNewestTime}) {
    TopicOffsets asked;
    for (const PartitionDetail& partition : detail.partitions) {
      if (partition.end > partition.begin) asked[detail.name][partition.number] = ask;
    }
    const auto note = [&](const std::string& /*topic*/, std::int32_t number, std::int64_t offset,
                          std::int64_t time_ms) {
      const auto partition = std::ranges::find(detail.partitions, number, &PartitionDetail::number);
      if (partition == detail.partitions.end() || offset < 0 || time_ms < 0) return;
      (ask == 0 ? partition->first_ms : partition->newest_ms) = time_ms;
    };
    auto answered = cluster_->ask_offsets(asked, stop, note);
    // Brokers before 3.0, and the embedded one, do not know the newest.
    if (!answered && answered.error().kind() != Kind::kUser) return answered;
  }
  return {};
}

/// The groups that have committed offsets of the topic.
Status TopicAdmin::add_groups(TopicDetail& detail, const std::stop_token& stop) {
  Client& client = cluster_->client();
  // It refuses to list them, and then librdkafka 2.15.1 leaks a queue.
  if (client.is_mock()) return {};
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_ListConsumerGroups(client.handle(), options.get(), queue.get());
  const auto event = client.answer(queue.get(), "list groups", stop);
  // Not everybody may see groups.
  if (!event && event.error().kind() == Kind::kUser) return {};
  if (!event) return event.error().clone();
  std::size_t count = 0;
  const auto* const* groups = rd_kafka_ListConsumerGroups_result_valid(
      rd_kafka_event_ListConsumerGroups_result(event->get()), &count);
  detail.groups_left_out = count - std::min(count, kGroupsMax);
  for (std::size_t i = 0; i < std::min(count, kGroupsMax); ++i) {
    SLUICE_TRY(add_group(detail, rd_kafka_ConsumerGroupListing_group_id(groups[i]), stop));
  }
  std::ranges::sort(detail.groups, {}, &GroupDetail::name);
  return {};
}

Status TopicAdmin::add_group(TopicDetail& detail, const std::string& group,
                             const std::stop_token& stop) {
  Client& client = cluster_->client();
  const OwnedPartitionList list(rd_kafka_topic_partition_list_new(16));
  for (const PartitionDetail& partition : detail.partitions) {
    rd_kafka_topic_partition_list_add(list.get(), detail.name.c_str(), partition.number);
  }
  const OwnedGroupOffsets request(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_ListConsumerGroupOffsets_t* one = request.get();
  rd_kafka_ListConsumerGroupOffsets(client.handle(), &one, 1, options.get(), queue.get());
  const auto event = client.answer(queue.get(), "list a group's offsets", stop);
  if (!event && event.error().kind() == Kind::kUser) return {};
  if (!event) return event.error().clone();
  std::size_t count = 0;
  const auto* const* results = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event->get()), &count);
  if (count != 1 || rd_kafka_group_result_error(results[0]) != nullptr) return {};
  const auto* committed = rd_kafka_group_result_partitions(results[0]);
  GroupDetail found{.name = group};
  for (int i = 0; committed != nullptr && i < committed->cnt; ++i) {
    const auto lag = unread(committed->elems[i], detail);
    if (!lag) continue;
    found.lag += *lag;
    ++found.partitions;
  }
  if (found.partitions > 0) detail.groups.push_back(std::move(found));
  return {};
}

}  // namespace sluice::connectors::kafka
