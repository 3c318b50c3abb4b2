#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/options.h"
#include "connector/registry.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/consume.h"
#include "connectors/kafka/embedded_broker.h"
#include "connectors/kafka/producer.h"
#include "connectors/kafka/topic_admin.h"
#include "data/record_batch.h"

namespace sluice::connectors {
void register_kafka(connector::Registry& registry);
}

namespace sluice::connectors::kafka {

/// For tests: an embedded broker of their own and what is needed to fill and read its topics.
class BrokerRig {
 public:
  explicit BrokerRig(EmbeddedBrokerOptions options = quiet()) {
    auto started = EmbeddedBroker::start(options, *files_);
    EXPECT_TRUE(started) << started.error().message();
    broker_ = *std::move(started);
    register_kafka(registry_);
  }

  static EmbeddedBrokerOptions quiet() {
    EmbeddedBrokerOptions options;
    options.announce = false;
    return options;
  }

  /// From now on this cluster is used instead of the embedded broker.
  void use(const std::string& brokers) { brokers_ = brokers; }

  EmbeddedBroker& broker() { return *broker_; }
  io::FileSystem& files() { return *files_; }
  Connection connection() const {
    Connection connection;
    connection.brokers = brokers_.empty() ? broker_->address() : brokers_;
    return connection;
  }

  void create(const std::string& name, int partitions,
              std::map<std::string, std::string> config = {}) {
    NewTopic topic;
    topic.name = name;
    topic.partitions = partitions;
    topic.config = std::move(config);
    const auto admin = TopicAdmin::create(connection(), *files_);
    const Status created = (*admin)->create_topic(topic, {});
    EXPECT_TRUE(created) << created.error().message();
  }

  void remove(const std::string& name) {
    const auto admin = TopicAdmin::create(connection(), *files_);
    const Status deleted = (*admin)->delete_topic(name, {});
    EXPECT_TRUE(deleted) << deleted.error().message();
  }

  /// A cluster may take its time to delete a topic of that name.
  void create_when_gone(const std::string& name, int partitions) {
    const auto admin = TopicAdmin::create(connection(), *files_);
    NewTopic topic;
    topic.name = name;
    topic.partitions = partitions;
    Status created = (*admin)->create_topic(topic, {});
    for (int attempt = 0; attempt < 1000 && !created; ++attempt) {
      created = (*admin)->create_topic(topic, {});
    }
    EXPECT_TRUE(created) << created.error().message();
  }

  /// Removes the records before `offset`, as retention does.
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    const auto cluster = Cluster::create(connection(), *files_);
    rd_kafka_t* const handle = (*cluster)->client().handle();
    const OwnedPartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
    rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
    const OwnedQueue queue(rd_kafka_queue_new(handle));
    rd_kafka_DeleteRecords(handle, &request, 1, nullptr, queue.get());
    const auto answer = (*cluster)->client().answer(queue.get(), "delete records", {});
    EXPECT_TRUE(answer) << answer.error().message();
    rd_kafka_DeleteRecords_destroy(request);
  }

  /// What a group has committed for a partition.
  std::int64_t committed(const std::string& group, const std::string& topic,
                         std::int32_t partition) {
    ClientSettings settings;
    settings.fixed = {{"group.id", group}};
    const auto client = Client::create(connection(), settings, *files_);
    const OwnedPartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    EXPECT_EQ(rd_kafka_committed((*client)->handle(), list.get(), 10'000),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    return list->elems[0].offset;
  }

  Result<ProduceProgress> try_send(const std::string& topic, std::vector<OutgoingRecord> records,
                                   std::map<std::string, std::string> properties = {}) {
    ProduceRequest request;
    request.connection = connection();
    request.connection.properties = std::move(properties);
    request.topic = topic;
    std::size_t next = 0;
    const RecordFeed feed = [&](OutgoingRecord& record) -> Result<bool> {
      if (next == records.size()) return false;
      record = std::move(records[next++]);
      return true;
    };
    return produce(request, feed, {clock_, *files_, {}}, {});
  }

  void send(const std::string& topic, std::vector<OutgoingRecord> records,
            std::map<std::string, std::string> properties = {}) {
    const auto sent = try_send(topic, std::move(records), std::move(properties));
    EXPECT_TRUE(sent) << sent.error().message();
  }

  /// `count` records "<first>", "<first + 1>", ... to one partition.
  void send_numbers(const std::string& topic, int first, int count, std::int32_t partition = 0) {
    std::vector<OutgoingRecord> records;
    for (int i = first; i < first + count; ++i) {
      OutgoingRecord record;
      record.value = std::to_string(i);
      record.partition = partition;
      records.push_back(std::move(record));
    }
    send(topic, std::move(records));
  }

  /// A kafka source with these options besides `brokers`.
  Result<std::unique_ptr<connector::Source>> try_make(std::vector<ConfigValue::Entry> given) {
    return try_make(std::move(given), context_);
  }
  Result<std::unique_ptr<connector::Source>> try_make(std::vector<ConfigValue::Entry> given,
                                                      const connector::Context& context) {
    given.push_back({"brokers", {}, text(connection().brokers)});
    const connector::SourceKind& kind = *registry_.source("kafka");
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind.options, ConfigValue::map(std::move(given), {}),
                                    "the kafka source"));
    return kind.make(options, context);
  }

  std::unique_ptr<connector::Source> opened(std::vector<ConfigValue::Entry> given) {
    return opened(std::move(given), clock_);
  }
  /// By this clock, which outlives it.
  std::unique_ptr<connector::Source> opened(std::vector<ConfigValue::Entry> given,
                                            const Clock& clock) {
    auto source = try_make(std::move(given), {"pipeline", "source", clock, random_, *files_});
    EXPECT_TRUE(source) << source.error().message();
    const Status status = (*source)->open({});
    EXPECT_TRUE(status) << status.error().message();
    return *std::move(source);
  }

  /// The source in a shard, open; or why it is not.
  Result<std::unique_ptr<connector::Source>> in_shard(const Shard& shard,
                                                      std::vector<ConfigValue::Entry> given) {
    connector::Context context{"pipeline", "source", clock_, random_, *files_};
    context.shard = shard;
    SLUICE_ASSIGN(auto source, try_make(std::move(given), context));
    SLUICE_TRY(source->open({}));
    return source;
  }

  static ConfigValue text(const std::string& text) { return ConfigValue::scalar(text, false, {}); }
  static ConfigValue::Entry option(const std::string& name, const std::string& value) {
    return {name, {}, text(value)};
  }
  static ConfigValue::Entry option(const std::string& name, ConfigValue::Entry inner) {
    return {name, {}, ConfigValue::map({std::move(inner)}, {})};
  }

  /// The values of all records from `from` on, in the source's order.
  static std::vector<std::string> read_values(connector::Source& source, const data::Offset& from,
                                              const data::Offset& to) {
    auto batch = source.read(from, to, {});
    EXPECT_TRUE(batch) << batch.error().message();
    std::vector<std::string> values;
    if (!batch) return values;
    for (const data::Payload& payload : (*batch)->payloads()) {
      values.emplace_back(payload.bytes == nullptr ? "NULL" : payload.text());
    }
    return values;
  }

  static data::Offset latest(connector::Source& source, const data::Offset& from,
                             const data::ReadLimit& limit = {}) {
    auto to = source.latest(from, limit);
    EXPECT_TRUE(to) << to.error().message();
    return to ? *to : from;
  }

  static data::Offset initial(connector::Source& source) {
    auto offset = source.initial();
    EXPECT_TRUE(offset) << offset.error().message();
    return offset ? *offset : data::Offset{};
  }

  /// All values that a new checkpoint would read now.
  static std::vector<std::string> read_all(connector::Source& source) {
    const auto from = initial(source);
    return read_values(source, from, latest(source, from));
  }

 private:
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemClock clock_;
  SystemRandom random_;
  connector::Registry registry_;
  connector::Context context_{"pipeline", "source", clock_, random_, *files_};
  std::unique_ptr<EmbeddedBroker> broker_;
  std::string brokers_;
};

}  // namespace sluice::connectors::kafka
