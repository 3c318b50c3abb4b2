#include "connectors/kafka/topic_admin.h"

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLeaderPause{20};

using OwnedNewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Freed<rd_kafka_NewTopic_destroy>>;
using OwnedDeleteTopic =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Freed<rd_kafka_DeleteTopic_destroy>>;
using OwnedConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Freed<rd_kafka_ConfigResource_destroy>>;

}  // namespace

Status topic_outcome(const rd_kafka_topic_result_t* const* results, std::size_t count,
                     const std::string& what) {
  if (count != 1) return internal_error(what + ": the broker answered for another topic");
  const auto code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* details = rd_kafka_topic_result_error_string(results[0]);
  return kafka_error(code, what, details == nullptr ? "" : details);
}

Result<std::unique_ptr<TopicAdmin>> TopicAdmin::create(const Connection& connection,
                                                       io::FileSystem& files) {
  SLUICE_ASSIGN(auto cluster, Cluster::create(connection, files));
  return std::unique_ptr<TopicAdmin>(new TopicAdmin(std::move(cluster), connection, files));
}

TopicAdmin::TopicAdmin(std::unique_ptr<Cluster> cluster, Connection connection,
                       io::FileSystem& files)
    : connection_(std::move(connection)), files_(files), cluster_(std::move(cluster)) {}
TopicAdmin::~TopicAdmin() = default;

Result<std::vector<TopicSummary>> TopicAdmin::list(std::stop_token stop) {
  SLUICE_ASSIGN(const auto topics, cluster_->list(std::move(stop)));
  std::vector<TopicSummary> summaries;
  for (const auto& [name, shape] : topics) summaries.push_back({name, shape.partitions});
  return summaries;
}

Status TopicAdmin::create_topic(const NewTopic& topic, std::stop_token stop) {
  return make_topic(topic, /*may_exist=*/false, std::move(stop));
}

Status TopicAdmin::make_topic(const NewTopic& topic, bool may_exist, std::stop_token stop) {
  const std::string what = "kafka: create topic; topic=" + topic.name;
  std::array<char, 512> text{};
  const OwnedNewTopic request(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                                    topic.replication, text.data(), text.size()));
  if (!request) return user_error(what + ": " + text.data());
  for (const auto& [name, value] : topic.config) {
    const auto code = rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, what);
  }
  Client& client = cluster_->client();
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_NewTopic_t* one = request.get();
  rd_kafka_CreateTopics(client.handle(), &one, 1, options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client.answer(queue.get(), "create topic", stop));
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  // One that is made just now, by the try before or by somebody else, shows a little later.
  const bool exists = count == 1 && rd_kafka_topic_result_error(results[0]) ==
                                        RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
  if (!exists || !may_exist) SLUICE_TRY(topic_outcome(results, count, what));
  return wait_for_leaders(topic.name, std::move(stop));
}

Result<FoundTopic> TopicAdmin::find_or_create(const NewTopic& topic, std::stop_token stop) {
  SLUICE_ASSIGN(const auto there, cluster_->describe({topic.name}, stop));
  if (!there.empty()) return FoundTopic{there.begin()->second};
  if (topic.partitions <= 0) return cluster_->unknown_topic(topic.name);
  Status made = make_topic(topic, /*may_exist=*/true, stop);
  if (!made && made.error().kind() == Kind::kCancelled) return std::move(made).error();
  SLUICE_ASSIGN(const auto now, cluster_->describe({topic.name}, std::move(stop)));
  if (!now.empty()) return FoundTopic{now.begin()->second, /*was_missing=*/true};
  return made ? cluster_->unknown_topic(topic.name) : std::move(made).error();
}

/// A topic that was just created may have no leaders yet.
Status TopicAdmin::wait_for_leaders(const std::string& topic, std::stop_token stop) {
  const auto deadline = steady_clock::now() + cluster_->client().connect_timeout();
  while (true) {
    SLUICE_ASSIGN(const auto shapes, cluster_->describe({topic}, stop));
    if (!shapes.empty()) {
      const auto ends = cluster_->offsets(shapes, kLatestOffset, stop);
      if (ends && !ends->empty()) return {};
    }
    if (stop.stop_requested()) return Error(Kind::kCancelled, "kafka: create topic: stopped");
    if (steady_clock::now() > deadline) {
      return transient_error("kafka: topic '" + topic + "' was created but has no leaders yet");
    }
    std::this_thread::sleep_for(kLeaderPause);
  }
}

Result<std::optional<TopicSettings>> TopicAdmin::settings(const std::string& topic,
                                                          std::stop_token stop) {
  Client& client = cluster_->client();
  const OwnedConfigResource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_ConfigResource_t* one = resource.get();
  rd_kafka_DescribeConfigs(client.handle(), &one, 1, options.get(), queue.get());
  const auto event = client.answer(queue.get(), "describe configuration", std::move(stop));
  // The embedded broker has no configuration, and not everybody may see another's.
  if (!event && event.error().kind() == Kind::kUser) return std::optional<TopicSettings>();
  if (!event) return event.error().clone();
  TopicSettings settings;
  std::size_t count = 0;
  const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return std::optional<TopicSettings>();
    }
    std::size_t entries = 0;
    const auto* const* found = rd_kafka_ConfigResource_configs(resources[i], &entries);
    for (std::size_t k = 0; k < entries; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(found[k]);
      settings[rd_kafka_ConfigEntry_name(found[k])] = {
          value == nullptr ? "" : value,
          rd_kafka_ConfigEntry_source(found[k]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG};
    }
  }
  return std::optional(std::move(settings));
}

Status TopicAdmin::delete_topic(const std::string& topic, std::stop_token stop) {
  SLUICE_ASSIGN(const auto shapes, cluster_->describe({topic}, stop));
  if (shapes.empty()) return cluster_->unknown_topic(topic);
  Client& client = cluster_->client();
  const OwnedDeleteTopic request(rd_kafka_DeleteTopic_new(topic.c_str()));
  const OwnedQueue queue(rd_kafka_queue_new(client.handle()));
  const auto options = cluster_->admin_options(RD_KAFKA_ADMIN_OP_DELETETOPICS);
  rd_kafka_DeleteTopic_t* one = request.get();
  rd_kafka_DeleteTopics(client.handle(), &one, 1, options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event,
                client.answer(queue.get(), "delete topic", std::move(stop)));
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  return topic_outcome(results, count, "kafka: delete topic; topic=" + topic);
}

}  // namespace sluice::connectors::kafka
