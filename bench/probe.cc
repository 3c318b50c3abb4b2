// What bench/latency.py measures with: a bare librdkafka client that sends records to one topic at
// a steady rate, reads committed records from another, and knows from each how old it is. Usage:
// probe BROKERS IN OUT RATE SECONDS The first fifth does not count. Prints a line of JSON: rows,
// and p50, p90, p99, max in milliseconds.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace {

using std::chrono::steady_clock;

constexpr int kTimeoutMs = 30'000;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "probe: %s\n", what.c_str());
  std::exit(1);
}

template <std::size_t N>
rd_kafka_t* make_client(rd_kafka_type_t type, const char* (&settings)[N][2]) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK) fail(error);
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  if (client == nullptr) fail(error);
  return client;
}

/// All partitions, from their ends.
void assign_ends(rd_kafka_t* consumer, const char* topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(consumer, topic, nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(consumer, 0, handle, &metadata, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(4);
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_query_watermark_offsets(consumer, topic, i, &low, &high, kTimeoutMs) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      fail("no end of the topic");
    }
    rd_kafka_topic_partition_list_add(list, topic, i)->offset = high;
  }
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) fail("usage: probe BROKERS IN OUT RATE SECONDS");
  const char* in = argv[2];
  const std::int64_t rate = std::atoll(argv[4]);
  const std::int64_t count = rate * std::atoll(argv[5]);
  const char* reading[][2] = {{"bootstrap.servers", argv[1]},
                              {"group.id", "probe"},
                              {"enable.auto.commit", "false"},
                              {"isolation.level", "read_committed"},
                              {"fetch.wait.max.ms", "500"}};
  rd_kafka_t* consumer = make_client(RD_KAFKA_CONSUMER, reading);
  rd_kafka_poll_set_consumer(consumer);
  assign_ends(consumer, argv[3]);
  // As clients do by default: a request a record would take all of a small broker.
  const char* writing[][2] = {{"bootstrap.servers", argv[1]}, {"linger.ms", "5"}, {"acks", "all"}};
  rd_kafka_t* producer = make_client(RD_KAFKA_PRODUCER, writing);

  std::atomic<bool> sent_all{false};
  std::thread sender([&] {
    const std::string pad(80, 'x');
    const auto start = steady_clock::now();
    for (std::int64_t i = 0; i < count; ++i) {
      std::this_thread::sleep_until(start + std::chrono::microseconds(i * 1'000'000 / rate));
      const std::string value = "{\"sent\":" + std::to_string(now_us()) +
                                ",\"id\":" + std::to_string(i) + ",\"pad\":\"" + pad + "\"}";
      const auto code = rd_kafka_producev(
          producer, RD_KAFKA_V_TOPIC(in), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_END);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(code));
      rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, kTimeoutMs);
    sent_all = true;
  });

  std::vector<double> ages;
  auto last = steady_clock::now();
  while (static_cast<std::int64_t>(ages.size()) < count) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 100);
    if (sent_all && steady_clock::now() - last > std::chrono::seconds(30)) break;
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      last = steady_clock::now();
      const std::string value(static_cast<char*>(message->payload), message->len);
      const std::size_t at = value.find("\"sent\":");
      if (at == value.npos) fail("a record without its time");
      ages.push_back(static_cast<double>(now_us() - std::atoll(value.c_str() + at + 7)) / 1000);
    }
    rd_kafka_message_destroy(message);
  }
  sender.join();
  const bool all = static_cast<std::int64_t>(ages.size()) == count;
  ages.erase(ages.begin(), ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 5));
  std::sort(ages.begin(), ages.end());
  if (!all || ages.empty()) fail("only " + std::to_string(ages.size()) + " records came");
  const auto quantile = [&](double part) {
    return ages[static_cast<std::size_t>(part * static_cast<double>(ages.size() - 1))];
  };
  std::printf("{\"rows\":%zu,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"max\":%.2f}\n", ages.size(),
              quantile(0.5), quantile(0.9), quantile(0.99), quantile(1));
  std::fflush(stdout);
  std::_Exit(0);  // what librdkafka has open is nobody's any more
}
