// What bench/run.py compares sluice with: a bare librdkafka consumer that takes all records of a
// topic and looks at none. Prints a line of JSON at the first record and one at the end. With
// `batches` it takes record batches whole, as sluice does by a patch: what no consumer is below.
// Usage: drain BROKERS TOPIC [batches]
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace {

constexpr int kTimeoutMs = 30'000;
constexpr std::size_t kMessagesMax = 20'000;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "drain: %s\n", what.c_str());
  std::exit(1);
}

// Nothing that could be left out: checksums, which sluice checks, are off, as is librdkafka's
// default.
rd_kafka_t* make_consumer(const char* brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const char* settings[][2] = {
      {"bootstrap.servers", brokers},    {"group.id", "drain"},
      {"enable.auto.commit", "false"},   {"enable.partition.eof", "true"},
      {"queued.min.messages", "300000"}, {"fetch.queue.backoff.ms", "5"},
      {"fetch.wait.max.ms", "100"},
  };
  char error[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK) fail(error);
  }
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
  if (consumer == nullptr) fail(error);
  rd_kafka_poll_set_consumer(consumer);
  return consumer;
}

// Assigns all partitions from their beginning; returns how many there are.
int assign_all(rd_kafka_t* consumer, const char* topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(consumer, topic, nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(consumer, 0, handle, &metadata, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
  const int partitions = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);

  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  return partitions;
}

}  // namespace

int main(int argc, char** argv) {
  const bool batches = argc == 4 && std::string_view(argv[3]) == "batches";
  if (argc != 3 && !batches) fail("usage: drain BROKERS TOPIC [batches]");
  rd_kafka_t* consumer = make_consumer(argv[1]);
  if (batches) rd_kafka_consume_record_batches(consumer);
  int partitions_left = assign_all(consumer, argv[2]);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);

  std::vector<rd_kafka_message_t*> messages(kMessagesMax);
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  const auto start = std::chrono::steady_clock::now();
  while (partitions_left > 0) {
    const auto count = rd_kafka_consume_batch_queue(queue, 200, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = messages[static_cast<std::size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (rows == 0) {
          std::printf("{\"first\": true}\n");
          std::fflush(stdout);
        }
        rd_kafka_record_batch_t batch;
        rows += batches && rd_kafka_message_record_batch(message, &batch) != 0
                    ? static_cast<std::uint64_t>(batch.record_count)
                    : 1;
        bytes += message->len;
      } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        --partitions_left;
      } else {
        fail(rd_kafka_message_errstr(message));
      }
      rd_kafka_message_destroy(message);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("{\"rows\": %llu, \"bytes\": %llu, \"seconds\": %.3f}\n",
              static_cast<unsigned long long>(rows), static_cast<unsigned long long>(bytes),
              took.count());
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return 0;
}
