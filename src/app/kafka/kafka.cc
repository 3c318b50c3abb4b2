#include "sluice/kafka.h"

#include <charconv>
#include <utility>

#include "app/kafka/kafka_connection.h"
#include "base/border.h"
#include "base/json.h"
#include "base/timestamp_text.h"
#include "connectors/kafka/embedded_broker.h"
#include "connectors/kafka/start_position.h"
#include "connectors/kafka/topic_admin.h"
#include "io/file_system.h"

namespace sluice {

namespace kafka = connectors::kafka;

kafka::Connection app::kafka_connection(const KafkaConnection& from) {
  kafka::Connection to;
  to.brokers = from.brokers;
  to.properties = from.properties;
  return to;
}

Status create_topic(const KafkaConnection& connection, const NewTopic& topic,
                    std::stop_token stop) {
  return at_border("create the topic", [&]() -> Status {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto admin,
                  kafka::TopicAdmin::create(app::kafka_connection(connection), *files));
    return admin->create_topic({topic.name, topic.partitions, topic.replication, topic.config},
                               std::move(stop));
  });
}

Result<std::vector<TopicSummary>> list_topics(const KafkaConnection& connection,
                                              std::stop_token stop) {
  return at_border("list the topics", [&]() -> Result<std::vector<TopicSummary>> {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto admin,
                  kafka::TopicAdmin::create(app::kafka_connection(connection), *files));
    SLUICE_ASSIGN(const auto topics, admin->list(std::move(stop)));
    std::vector<TopicSummary> summaries;
    for (const kafka::TopicSummary& topic : topics) {
      summaries.push_back({topic.name, topic.partitions});
    }
    return summaries;
  });
}

Result<TopicDescription> describe_topic(const KafkaConnection& connection, const std::string& name,
                                        std::stop_token stop) {
  return at_border("describe the topic", [&]() -> Result<TopicDescription> {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto admin,
                  kafka::TopicAdmin::create(app::kafka_connection(connection), *files));
    SLUICE_ASSIGN(const kafka::TopicDetail topic, admin->describe(name, std::move(stop)));
    TopicDescription description;
    description.name = topic.name;
    description.config = topic.config;
    for (const kafka::PartitionDetail& partition : topic.partitions) {
      description.partitions.push_back({partition.number, partition.leader, partition.replicas,
                                        partition.begin, partition.end, partition.first_ms,
                                        partition.newest_ms});
    }
    for (const kafka::GroupDetail& group : topic.groups) {
      description.groups.push_back({group.name, group.partitions, group.lag});
    }
    return description;
  });
}

Status alter_topic(const KafkaConnection& connection, const TopicChange& change,
                   std::stop_token stop) {
  return at_border("alter the topic", [&]() -> Status {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto admin,
                  kafka::TopicAdmin::create(app::kafka_connection(connection), *files));
    return admin->alter_topic({change.name, change.partitions, change.config, change.unset},
                              std::move(stop));
  });
}

Status delete_topic(const KafkaConnection& connection, const std::string& name,
                    std::stop_token stop) {
  return at_border("delete the topic", [&]() -> Status {
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(const auto admin,
                  kafka::TopicAdmin::create(app::kafka_connection(connection), *files));
    return admin->delete_topic(name, std::move(stop));
  });
}

namespace {

Result<kafka::ConsumeFrom> place_of(const std::string& text) {
  if (text == "beginning" || text == "earliest") return kafka::ConsumeFrom(kafka::FromBeginning{});
  if (text == "end" || text == "latest") return kafka::ConsumeFrom(kafka::FromEnd{});
  std::int64_t offset = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, offset);
  if (problem == std::errc() && rest == end) return kafka::ConsumeFrom(kafka::FromOffset{offset});
  if (const auto time = parse_timestamp_ms(text)) {
    return kafka::ConsumeFrom(kafka::FromTimestamp{*time});
  }
  return user_error("'" + text +
                    "' is not a place in a topic; write beginning, end, an offset such as "
                    "1200, -10 for the last ten, or a time such as '2024-05-01 12:00:00'");
}

}  // namespace

Result<kafka::ConsumeRequest> app::kafka_consume_request(const ConsumeRequest& from) {
  kafka::ConsumeRequest to;
  to.connection = app::kafka_connection(from.connection);
  to.topic = from.topic;
  if (from.partition) to.partitions = {*from.partition};
  SLUICE_ASSIGN(to.from, place_of(from.from));
  to.count = static_cast<std::uint64_t>(from.records_max);
  to.until_end = !from.follow;
  return to;
}

Result<std::int64_t> consume(const ConsumeRequest& request,
                             const std::function<bool(const ConsumedRecord&)>& receive,
                             std::stop_token stop) {
  return at_border("consume", [&]() -> Result<std::int64_t> {
    SLUICE_ASSIGN(const kafka::ConsumeRequest wanted, app::kafka_consume_request(request));
    const auto files = io::make_local_file_system();
    SLUICE_ASSIGN(
        const std::uint64_t count,
        kafka::consume(
            wanted,
            [&](const kafka::ConsumedRecord& record) {
              return receive({record.topic, record.partition, record.offset, record.timestamp_ms,
                              record.key, record.value, record.headers});
            },
            *files, std::move(stop)));
    return static_cast<std::int64_t>(count);
  });
}

std::string record_json(const ConsumedRecord& record) {
  auto text = [](const std::optional<std::string_view>& bytes) {
    return bytes ? OrderedJson(std::string(*bytes)) : OrderedJson(nullptr);
  };
  OrderedJson json;
  json["topic"] = std::string(record.topic);
  json["partition"] = record.partition;
  json["offset"] = record.offset;
  json["timestamp"] =
      record.timestamp_ms ? OrderedJson(*record.timestamp_ms) : OrderedJson(nullptr);
  json["key"] = text(record.key);
  if (!record.headers.empty()) {
    for (const auto& [name, value] : record.headers) {
      json["headers"].push_back({{"key", std::string(name)}, {"value", text(value)}});
    }
  }
  std::string line = dump_json(json);
  // A value that is JSON is shown as it was sent: parsing it and printing it would change its
  // numbers.
  std::string value = "null";
  if (record.value) {
    const bool one_line = record.value->find('\n') == std::string_view::npos;
    value = one_line && OrderedJson::accept(*record.value) ? std::string(*record.value)
                                                           : dump_json(text(record.value));
  }
  line.pop_back();
  return line + ",\"value\":" + value + "}";
}

struct EmbeddedBroker::Content {
  std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  std::unique_ptr<kafka::EmbeddedBroker> broker;
};

EmbeddedBroker::EmbeddedBroker(std::unique_ptr<Content> content) : content_(std::move(content)) {}
EmbeddedBroker::EmbeddedBroker(EmbeddedBroker&&) noexcept = default;
EmbeddedBroker& EmbeddedBroker::operator=(EmbeddedBroker&&) noexcept = default;
EmbeddedBroker::~EmbeddedBroker() = default;

Result<EmbeddedBroker> EmbeddedBroker::start(const BrokerRequest& request) {
  return at_border("start the embedded broker", [&]() -> Result<EmbeddedBroker> {
    auto content = std::make_unique<Content>();
    kafka::EmbeddedBrokerOptions options;
    options.port = request.port;
    options.partitions = request.partitions;
    options.partition_bytes = request.partition_bytes;
    options.announce = request.announce;
    SLUICE_ASSIGN(content->broker, kafka::EmbeddedBroker::start(options, *content->files));
    return EmbeddedBroker(std::move(content));
  });
}

const std::string& EmbeddedBroker::address() const { return content_->broker->address(); }

}  // namespace sluice
