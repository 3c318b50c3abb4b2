#include "connectors/kafka/cluster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMetadataSlice{500};
/// Of the connect timeout, for an answer that says that there was none.
constexpr milliseconds kAnswerTime{300};
constexpr std::int32_t kPartitionsMax = 1'000'000;

using OwnedMetadata =
    std::unique_ptr<const struct rd_kafka_metadata, Freed<rd_kafka_metadata_destroy>>;
using OwnedTopicCollection =
    std::unique_ptr<rd_kafka_TopicCollection_t, Freed<rd_kafka_TopicCollection_destroy>>;

bool is_internal(std::string_view topic) { return topic.starts_with("__"); }

}  // namespace

Result<std::unique_ptr<Cluster>> Cluster::create(const Connection& connection,
                                                 io::FileSystem& files) {
  ClientSettings settings;
  settings.type = RD_KAFKA_PRODUCER;
  settings.fixed = {{"allow.auto.create.topics", "false"}};
  SLUICE_ASSIGN(auto client, Client::create(connection, settings, files));
  std::unique_ptr<Cluster> cluster(new Cluster(std::move(client)));
  const auto isolation = connection.properties.find("isolation.level");
  cluster->read_uncommitted_ =
      isolation != connection.properties.end() && isolation->second == "read_uncommitted";
  return cluster;
}

OwnedAdminOptions Cluster::admin_options(rd_kafka_admin_op_t operation) const {
  OwnedAdminOptions options(rd_kafka_AdminOptions_new(client_->handle(), operation));
  std::array<char, 256> text{};
  rd_kafka_AdminOptions_set_request_timeout(
      options.get(), static_cast<int>((client_->connect_timeout() - kAnswerTime).count()),
      text.data(), text.size());
  return options;
}

Result<std::map<std::string, TopicShape>> Cluster::list(std::stop_token stop) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    const struct rd_kafka_metadata* answer = nullptr;
    const auto code = rd_kafka_metadata(client_->handle(), /*all_topics=*/1, nullptr, &answer,
                                        static_cast<int>(kMetadataSlice.count()));
    const OwnedMetadata metadata(answer);
    SLUICE_TRY(client_->poll(milliseconds(0)));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::map<std::string, TopicShape> topics;
      for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (is_internal(topic.topic) || topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        topics[topic.topic] = {"", topic.partition_cnt};
      }
      return topics;
    }
    const auto waited =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    if (stop.stop_requested()) return Error(Kind::kCancelled, "kafka: list topics: stopped");
    if (kind_of(code) != Kind::kTransient) return kafka_error(code, "kafka: list topics");
    if (waited + kMetadataSlice > client_->connect_timeout())
      return client_->no_answer("list topics", waited);
  }
}

Result<std::map<std::string, TopicShape>> Cluster::describe(const std::set<std::string>& topics,
                                                            std::stop_token stop) {
  std::map<std::string, TopicShape> shapes;
  if (topics.empty()) return shapes;
  std::vector<const char*> names;
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const OwnedTopicCollection collection(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const auto options = admin_options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
  const OwnedQueue queue(rd_kafka_queue_new(client_->handle()));
  rd_kafka_DescribeTopics(client_->handle(), collection.get(), options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client_->answer(queue.get(), "describe topics", stop));

  std::size_t count = 0;
  const auto* const* descriptions = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto* description = descriptions[i];
    const std::string name = rd_kafka_TopicDescription_name(description);
    const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(description));
    if (is_missing_topic(code)) continue;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error(code, "kafka: describe topic; topic=" + name);
    }
    std::size_t partitions = 0;
    rd_kafka_TopicDescription_partitions(description, &partitions);
    if (partitions > static_cast<std::size_t>(kPartitionsMax)) {
      return internal_error("kafka: too many partitions; topic=" + name);
    }
    const auto* id = rd_kafka_TopicDescription_topic_id(description);
    const bool has_id = id != nullptr && (rd_kafka_Uuid_most_significant_bits(id) != 0 ||
                                          rd_kafka_Uuid_least_significant_bits(id) != 0);
    shapes[name] = {has_id ? rd_kafka_Uuid_base64str(id) : "",
                    static_cast<std::int32_t>(partitions)};
  }
  return shapes;
}

std::size_t Cluster::partitions_of(const TopicShape& topic) const {
  if (!shard_) return static_cast<std::size_t>(topic.partitions);
  return static_cast<std::size_t>((topic.partitions + shard_->count - shard_->number) /
                                  shard_->count);
}

Result<TopicOffsets> Cluster::offsets(const TopicOffsets& asked, std::stop_token stop) {
  TopicOffsets answer;
  SLUICE_TRY(
      ask_offsets(asked, std::move(stop),
                  [&answer](const std::string& topic, std::int32_t partition, std::int64_t offset,
                            std::int64_t /*time_ms*/) { answer[topic][partition] = offset; }));
  return answer;
}

Status Cluster::ask_offsets(const TopicOffsets& asked, std::stop_token stop,
                            const OffsetReceiver& receive) {
  OwnedPartitionList list(rd_kafka_topic_partition_list_new(16));
  for (const auto& [topic, partitions] : asked) {
    for (const auto& [partition, ask] : partitions) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = ask;
    }
  }
  if (list->cnt == 0) return {};
  const auto options = admin_options(RD_KAFKA_ADMIN_OP_LISTOFFSETS);
  const OwnedError refused(rd_kafka_AdminOptions_set_isolation_level(
      options.get(), read_uncommitted_ ? RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
                                       : RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
  const OwnedQueue queue(rd_kafka_queue_new(client_->handle()));
  rd_kafka_ListOffsets(client_->handle(), list.get(), options.get(), queue.get());
  SLUICE_ASSIGN(const OwnedEvent event, client_->answer(queue.get(), "list offsets", stop));

  std::size_t count = 0;
  const auto* const* infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    if (is_missing_topic(found->err)) continue;
    const std::string what = std::string("kafka: list offsets; topic=") + found->topic +
                             " partition=" + std::to_string(found->partition);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(found->err, what);
    // So librdkafka answers, without an error, when the broker closes the connection instead.
    if (found->offset == RD_KAFKA_OFFSET_INVALID) {
      return transient_error(what + ": the broker closed the connection without an answer");
    }
    receive(found->topic, found->partition, found->offset,
            rd_kafka_ListOffsetsResultInfo_timestamp(infos[i]));
  }
  return {};
}

Result<TopicOffsets> Cluster::offsets(const std::map<std::string, TopicShape>& topics,
                                      std::int64_t ask, std::stop_token stop) {
  TopicOffsets asked;
  for (const auto& [topic, shape] : topics) {
    for (std::int32_t partition = 0; partition < shape.partitions; ++partition) {
      if (!shard_ || shard_->has_partition(partition)) asked[topic][partition] = ask;
    }
  }
  return offsets(asked, std::move(stop));
}

Result<TopicOffsets> Cluster::written_offsets(const std::map<std::string, TopicShape>& topics,
                                              std::int64_t ask, std::stop_token stop) {
  const bool usual = std::exchange(read_uncommitted_, true);
  auto ends = offsets(topics, ask, std::move(stop));
  read_uncommitted_ = usual;
  return ends;
}

Error Cluster::unknown_topic(const std::string& topic) {
  std::string hint = "create it with 'sluice topic create " + topic + "'";
  if (const auto known = list({})) {
    std::vector<std::string> names;
    for (const auto& [name, shape] : *known) names.push_back(name);
    const std::string guess = nearest(topic, names);
    if (!guess.empty()) {
      hint = "did you mean '" + guess + "'?";
    } else if (names.empty()) {
      hint = "the cluster has no topics; " + hint;
    } else {
      std::string some;
      for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 5); ++i) {
        some += (i == 0 ? "" : ", ") + names[i];
      }
      hint = "topics there: " + some + (names.size() > 5 ? ", ..." : "") + "; " + hint;
    }
  }
  return user_error("kafka: there is no topic '" + topic + "'; brokers=" + client_->brokers() +
                    "; " + hint);
}

}  // namespace sluice::connectors::kafka
