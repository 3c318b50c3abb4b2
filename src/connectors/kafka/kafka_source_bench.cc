// The source beside a bare librdkafka consumer on the same topic: CPU seconds of the whole process
// (librdkafka's threads too) for a million records of about 220 bytes of JSON.
//   KAFKA_BROKERS=host:port connector_kafka_bench
// makes and fills the topics sluice_bench_1, _4 and _few when they are not there.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "connector/registry.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/producer.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::int64_t kRows = 1'000'000;

const char* brokers() {
  return std::getenv("KAFKA_BROKERS");  // NOLINT(concurrency-mt-unsafe): nobody sets it
}

std::string topic_of(std::int64_t partitions) {
  return "sluice_bench_" + std::to_string(partitions);
}

std::string invoice(std::int64_t row) {
  const std::string number = std::to_string(row);
  return R"({"invoice_ID":)" + std::to_string(1'000'000 + row) +
         R"(,"invoice_Date":"17/03/2024","event_time":"2024-03-17T12:34:56.789Z","SellerID":)" +
         std::to_string(row % 500) + R"(,"BuyerID":)" + std::to_string(row % 7919) +
         R"(,"TotalSales":)" + std::to_string(row % 100'000) + R"(.123456789012,"TotalTax":)" +
         std::to_string(row % 1000) +
         R"(.12,"PaymentType":"card","Quantity":3,"ProductName":"item )" + number + R"("})";
}

class Topics {
 public:
  static Topics& instance() {
    static Topics topics;
    return topics;
  }

  Connection connection() const {
    Connection connection;
    connection.brokers = brokers();
    return connection;
  }

  /// Makes and fills a topic that is not there; says why that failed.
  std::string fill(const std::string& topic, std::int64_t partitions, std::int64_t rows) {
    ProduceRequest request;
    request.connection = connection();
    request.topic = topic;
    request.create_partitions = static_cast<std::int32_t>(partitions);
    const auto cluster = Cluster::create(connection(), *files);
    if (!cluster) return cluster.error().message();
    const auto known = (*cluster)->describe({request.topic}, {});
    if (!known) return known.error().message();
    if (!known->empty()) return "";
    std::int64_t row = 0;
    const RecordFeed feed = [&](OutgoingRecord& record) -> Result<bool> {
      if (row == rows) return false;
      record.value = invoice(row);
      record.partition = static_cast<std::int32_t>(row % partitions);
      ++row;
      return true;
    };
    const auto sent = produce(request, feed, {clock, *files, {}}, {});
    return sent ? "" : sent.error().message();
  }

  std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  SystemClock clock;
  SystemRandom random;
};

bool ready(benchmark::State& state) {
  if (brokers() == nullptr) {
    state.SkipWithError("set KAFKA_BROKERS to a Kafka broker");
    return false;
  }
  const std::string error =
      Topics::instance().fill(topic_of(state.range(0)), state.range(0), kRows);
  if (!error.empty()) state.SkipWithError(error.c_str());
  return error.empty();
}

/// What the floor prototype measures: assign, take batches from one queue, free.
std::int64_t drain_bare(const std::string& topic, std::int64_t partitions) {
  std::vector<char> text(512);
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"bootstrap.servers", brokers()},
                                          {"group.id", "bare"},
                                          {"enable.auto.commit", "false"},
                                          {"fetch.queue.backoff.ms", "5"}}) {
    rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size());
  }
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size());
  rd_kafka_poll_set_consumer(consumer);
  OwnedPartitionList list(rd_kafka_topic_partition_list_new(4));
  for (std::int32_t i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = 0;
  }
  rd_kafka_assign(consumer, list.get());
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> messages(10'000);
  std::int64_t rows = 0;
  while (rows < kRows) {
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue, 100, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      rows += messages[static_cast<std::size_t>(i)]->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
      rd_kafka_message_destroy(messages[static_cast<std::size_t>(i)]);
    }
  }
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  return rows;
}

std::int64_t drain_source(const std::string& topic, std::int64_t records_per_batch,
                          std::int64_t records) {
  Topics& topics = Topics::instance();
  SourceSettings settings;
  settings.fetch.connection = topics.connection();
  settings.fetch.prefetch_bytes = 32LL * 1024 * 1024;
  settings.fetch.stall_timeout = std::chrono::seconds(30);
  settings.topics = {topic};
  settings.discover_every = std::chrono::seconds(5);
  const connector::Context context{"bench", "source", topics.clock, topics.random, *topics.files};
  KafkaSource source(std::move(settings), context);
  if (!source.open({})) return 0;
  data::Offset from = *source.initial();
  std::int64_t rows = 0;
  while (rows < records) {
    const auto to = source.latest(from, {records_per_batch, data::ReadLimit{}.bytes});
    if (!to || *to == from) break;
    const auto batch = source.read(from, *to, {});
    if (!batch) break;
    rows += static_cast<std::int64_t>((*batch)->size());
    from = *to;
  }
  return rows;
}

void report(benchmark::State& state, std::int64_t rows) {
  state.SetItemsProcessed(rows);
  if (rows != static_cast<std::int64_t>(state.iterations()) * kRows) {
    state.SkipWithError("not all rows came");
  }
}

void bare_drain(benchmark::State& state) {
  if (!ready(state)) return;
  std::int64_t rows = 0;
  for ([[maybe_unused]] const auto _ : state) {
    rows += drain_bare(topic_of(state.range(0)), state.range(0));
  }
  report(state, rows);
}

void source_read(benchmark::State& state) {
  if (!ready(state)) return;
  std::int64_t rows = 0;
  for ([[maybe_unused]] const auto _ : state) {
    rows += drain_source(topic_of(state.range(0)), state.range(1), kRows);
  }
  report(state, rows);
}

/// From nothing to the rows of a topic of ten: connecting, asking, fetching.
void first_rows(benchmark::State& state) {
  if (brokers() == nullptr) {
    state.SkipWithError("set KAFKA_BROKERS to a Kafka broker");
    return;
  }
  constexpr std::int64_t kFew = 10;
  const std::string error = Topics::instance().fill("sluice_bench_few", 1, kFew);
  if (!error.empty()) state.SkipWithError(error.c_str());
  for ([[maybe_unused]] const auto _ : state) {
    if (drain_source("sluice_bench_few", kFew, kFew) != kFew)
      state.SkipWithError("rows are missing");
  }
}

BENCHMARK(first_rows)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(20);
BENCHMARK(bare_drain)
    ->Arg(1)
    ->Arg(4)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);
BENCHMARK(source_read)
    ->Args({1, 100'000})
    ->Args({4, 100'000})
    ->Args({1, 10'000})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);

}  // namespace
}  // namespace sluice::connectors::kafka
