#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/random.h"
#include "connector/registry.h"
#include "connectors/kafka/broker_rig.h"
#include "support/filed_bytes.h"

namespace sluice::connectors::kafka {

/// A record as a client of librdkafka's own reads it; "NULL" for what is absent.
struct SeenRecord {
  std::string key = "NULL";
  std::string value = "NULL";
  std::string headers;  ///< "a=1, b=NULL"
  std::int32_t partition = 0;
  std::int64_t timestamp_ms = 0;
};

/// All committed records of a topic, partition by partition: those before the end of what is
/// committed, which is waited for as long as nobody's open transaction holds it back.
inline std::vector<SeenRecord> read_committed(const BrokerRig& rig, io::FileSystem& files,
                                              const std::string& topic) {
  Connection all = rig.connection();
  all.properties["isolation.level"] = "read_uncommitted";
  const auto uncommitted = Cluster::create(all, files);
  const auto committed = Cluster::create(rig.connection(), files);
  const auto shapes = (*committed)->describe({topic}, {});
  std::vector<SeenRecord> seen;
  if (!shapes || shapes->empty()) return seen;
  const auto ends = (*uncommitted)->offsets(*shapes, kLatestOffset, {});
  auto stable = (*committed)->offsets(*shapes, kLatestOffset, {});
  for (int i = 0; i < 100 && *stable != *ends; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stable = (*committed)->offsets(*shapes, kLatestOffset, {});
  }
  ClientSettings settings;
  settings.fixed = {{"group.id", "witness"},
                    {"enable.partition.eof", "true"},
                    {"isolation.level", "read_committed"},
                    {"fetch.wait.max.ms", "10"},
                    {"auto.offset.reset", "error"},
                    {"check.crcs", "true"}};
  const auto client = Client::create(rig.connection(), settings, files);
  rd_kafka_poll_set_consumer((*client)->handle());
  const OwnedPartitionList list(rd_kafka_topic_partition_list_new(4));
  for (const auto& [partition, end] : stable->at(topic)) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = 0;
  }
  EXPECT_EQ(rd_kafka_assign((*client)->handle(), list.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (std::size_t open = stable->at(topic).size(); open > 0;) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the end of " << topic << " does not come";
      break;
    }
    const OwnedMessage message(rd_kafka_consumer_poll((*client)->handle(), 100));
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) --open;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    SeenRecord& record = seen.emplace_back();
    if (message->key != nullptr)
      record.key.assign(static_cast<char*>(message->key), message->key_len);
    if (message->payload != nullptr) {
      record.value.assign(static_cast<char*>(message->payload), message->len);
    }
    record.partition = message->partition;
    rd_kafka_timestamp_type_t type{};
    record.timestamp_ms = rd_kafka_message_timestamp(message.get(), &type);
    rd_kafka_headers_t* headers = nullptr;
    rd_kafka_message_headers(message.get(), &headers);
    const char* name = nullptr;
    const void* bytes = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         headers != nullptr &&
         rd_kafka_header_get_all(headers, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers +=
          (i == 0 ? "" : ", ") + std::string(name) + "=" +
          (bytes == nullptr ? "NULL" : std::string(static_cast<const char*>(bytes), size));
    }
  }
  rd_kafka_assign((*client)->handle(), nullptr);
  return seen;
}

/// A kafka sink with these options besides `brokers` and `topic`, which stages in `bytes`.
inline Result<std::unique_ptr<connector::Sink>> make_kafka_sink(
    const BrokerRig& rig, const connector::Context& context, const std::string& topic,
    std::vector<ConfigValue::Entry> given, connector::StagedBytes& bytes) {
  connector::Registry registry;
  register_kafka(registry);
  const connector::SinkKind& kind = *registry.sink("kafka");
  given.push_back(BrokerRig::option("brokers", rig.connection().brokers));
  given.push_back(BrokerRig::option("topic", topic));
  SLUICE_ASSIGN(const Options options,
                Options::validate(kind.options, ConfigValue::map(std::move(given), {}), "it"));
  SLUICE_ASSIGN(auto sink, kind.make(options, context));
  sink->keep_in(bytes);
  return sink;
}

}  // namespace sluice::connectors::kafka
