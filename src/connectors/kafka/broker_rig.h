#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/options.h"
#include "connector/registry.h"
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

  EmbeddedBroker& broker() { return *broker_; }
  io::FileSystem& files() { return *files_; }
  Connection connection() const {
    Connection connection;
    connection.brokers = broker_->address();
    return connection;
  }

  void create(const std::string& name, int partitions) {
    NewTopic topic;
    topic.name = name;
    topic.partitions = partitions;
    const auto admin = TopicAdmin::create(connection(), *files_);
    const Status created = (*admin)->create_topic(topic, {});
    EXPECT_TRUE(created) << created.error().message();
  }

  void remove(const std::string& name) {
    const auto admin = TopicAdmin::create(connection(), *files_);
    const Status deleted = (*admin)->delete_topic(name, {});
    EXPECT_TRUE(deleted) << deleted.error().message();
  }

  Result<ProduceProgress> try_send(const std::string& topic, std::vector<OutgoingRecord> records) {
    ProduceRequest request;
    request.connection = connection();
    request.topic = topic;
    std::size_t next = 0;
    const RecordFeed feed = [&](OutgoingRecord& record) -> Result<bool> {
      if (next == records.size()) return false;
      record = std::move(records[next++]);
      return true;
    };
    return produce(request, feed, {clock_, *files_, {}}, {});
  }

  void send(const std::string& topic, std::vector<OutgoingRecord> records) {
    const auto sent = try_send(topic, std::move(records));
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
    given.push_back({"brokers", {}, text(broker_->address())});
    const connector::SourceKind& kind = *registry_.source("kafka");
    SLUICE_ASSIGN(const Options options,
                  Options::validate(kind.options, ConfigValue::map(std::move(given), {}),
                                    "the kafka source"));
    return kind.make(options, context_);
  }

  std::unique_ptr<connector::Source> opened(std::vector<ConfigValue::Entry> given) {
    auto source = try_make(std::move(given));
    EXPECT_TRUE(source) << source.error().message();
    const Status status = (*source)->open({});
    EXPECT_TRUE(status) << status.error().message();
    return *std::move(source);
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
};

}  // namespace sluice::connectors::kafka
