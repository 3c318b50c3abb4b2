#include "connectors/kafka/permissions.h"

#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::chrono::seconds kCoordinatorWait{5};
constexpr std::chrono::milliseconds kCoordinatorPause{100};

using OwnedTopicCollection =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freed<rd_kafka_TopicCollection_destroy>>;

OwnedAdminOptions asking_options(const Cluster& cluster, rd_kafka_admin_op_t operation) {
  OwnedAdminOptions options = cluster.admin_options(operation);
  const OwnedError ignored(
      rd_kafka_AdminOptions_set_include_authorized_operations(options.get(), 1));
  return options;
}

Operations operations_of(const rd_kafka_AclOperation_t* operations, std::size_t count) {
  if (operations == nullptr || count == 0) return std::nullopt;
  return std::set<rd_kafka_AclOperation_t>(operations, operations + count);
}

std::string name_of(rd_kafka_AclOperation_t operation) {
  return operation == RD_KAFKA_ACL_OPERATION_READ ? "read" : "write";
}

}  // namespace

Result<std::map<std::string, Operations>> Permissions::on_topics(
    const std::set<std::string>& topics, std::stop_token stop) {
  std::vector<const char*> names;
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const OwnedTopicCollection collection(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  Client& client = cluster_.client();
  const auto options = asking_options(cluster_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_DescribeTopics(client.handle(), collection.get(), options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event,
                client.answer(queue.get(), "describe topics", std::move(stop)));
  std::map<std::string, Operations> found;
  std::size_t count = 0;
  const auto* const* descriptions = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_TopicDescription_name(descriptions[i]);
    const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(descriptions[i]));
    if (is_missing_topic(code)) continue;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error(code,
                         "kafka: describe topic; topic=" + name + " brokers=" + client.brokers());
    }
    std::size_t operations = 0;
    const auto* may = rd_kafka_TopicDescription_authorized_operations(descriptions[i], &operations);
    found[name] = operations_of(may, operations);
  }
  return found;
}

Result<Operations> Permissions::on_group(const std::string& group, std::stop_token stop) {
  Client& client = cluster_.client();
  if (client.embedded()) return Operations();  // it knows no such question
  const auto options = asking_options(cluster_, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const char* name = group.c_str();
  rd_kafka_DescribeConsumerGroups(client.handle(), &name, 1, options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event,
                client.answer(queue.get(), "describe the group", std::move(stop)));
  std::size_t count = 0;
  const auto* const* groups = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
  if (count != 1) return internal_error("kafka: describe the group: the broker gave no answer");
  const auto code = rd_kafka_error_code(rd_kafka_ConsumerGroupDescription_error(groups[0]));
  // One that nobody has used yet is not there, and is made by its first commit.
  if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) return Operations();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(code, "kafka: group=" + group + " brokers=" + client.brokers());
  }
  const auto* may = rd_kafka_ConsumerGroupDescription_authorized_operations(groups[0], &count);
  return operations_of(may, count);
}

Result<Operations> Permissions::on_cluster(std::stop_token stop) {
  Client& client = cluster_.client();
  const auto options = asking_options(cluster_, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER);
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_DescribeCluster(client.handle(), options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event,
                client.answer(queue.get(), "describe the cluster", std::move(stop)));
  std::size_t count = 0;
  const auto* may = rd_kafka_DescribeCluster_result_authorized_operations(
      rd_kafka_event_DescribeCluster_result(event.get()), &count);
  return operations_of(may, count);
}

Status Permissions::try_topic(connector::Probe& probe, const std::string& topic,
                              rd_kafka_AclOperation_t operation) {
  const std::string what = name_of(operation) + " topic " + topic;
  bool is_known = true;
  const auto work = [&]() -> Status {
    SLUICE_ASSIGN(const auto found, on_topics({topic}, probe.stop()));
    const auto may = found.find(topic);
    if (may == found.end()) return cluster_.unknown_topic(topic);
    is_known = may->second.has_value();
    if (!is_known || may->second->contains(operation)) return {};
    return kafka_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                       "kafka: " + what + "; brokers=" + cluster_.client().brokers());
  };
  auto outcome = probe.step(what, work);
  if (outcome && !is_known) probe.skip("the broker does not say what the user may do");
  return outcome;
}

Status Permissions::try_group(connector::Probe& probe, const std::string& group) {
  return probe.step("group " + group, [&]() -> Status {
    // Its coordinator may be about to be found, which asking for it begins.
    const auto deadline = std::chrono::steady_clock::now() + kCoordinatorWait;
    auto asked = on_group(group, probe.stop());
    while (!asked && asked.error().kind() == Kind::kTransient &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kCoordinatorPause);
      asked = on_group(group, probe.stop());
    }
    SLUICE_ASSIGN(const Operations may, std::move(asked));
    if (!may || may->contains(RD_KAFKA_ACL_OPERATION_READ)) return {};
    return kafka_error(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                       "kafka: group=" + group + " brokers=" + cluster_.client().brokers());
  });
}

Status try_connection(connector::Probe& probe, Cluster& cluster) {
  return probe.step("connect to " + cluster.client().brokers(), [&]() -> Status {
    auto topics = cluster.list(probe.stop());
    return topics ? Status() : std::move(topics).error();
  });
}

}  // namespace sluice::connectors::kafka
