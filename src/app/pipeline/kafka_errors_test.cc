// Pipelines from Kafka whose requests to the broker may go wrong: errors in the place of answers,
// and connections that are closed, at any request. Runs that end, end with an error that may pass;
// and a run without faults then finds no record lost and none doubled. With
// SLUICE_SEEDS=FIRST:COUNT other seeds.

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/composition/composition.h"
#include "app/pipeline/seeds_fixture.h"
#include "connectors/kafka/broker_rig.h"
#include "engine/engine.h"
#include "engine/engine_doubles.h"
#include "sql/files/parquet_rewriter.h"
#include "sql/functions/open_database.h"
#include "support/temporary_folder.h"

namespace sluice::app {
namespace {

using connectors::kafka::BrokerRig;
using connectors::kafka::OutgoingRecord;

#ifdef __SANITIZE_ADDRESS__
constexpr std::int64_t kBrokerSeeds = 1;
#else
constexpr std::int64_t kBrokerSeeds = 2;
#endif
constexpr int kPartitions = 3;
constexpr int kRecordsARun = 24;  // a run
/// Requests of each kind that may go wrong in a run; those after them go well.
constexpr int kRequests = 30;

/// Kafka's numbers of the requests that a source makes.
constexpr std::int16_t kFetch = 1;
constexpr std::int16_t kListOffsets = 2;
constexpr std::int16_t kMetadata = 3;
constexpr std::int16_t kOffsetCommit = 8;
constexpr std::int16_t kFindCoordinator = 10;
constexpr std::int16_t kApiVersions = 18;

struct Request {
  std::int16_t kind;
  std::vector<int> errors;  ///< that a broker answers it with, by librdkafka's numbers
};

constexpr int kClosed = -195;

const std::vector<Request>& requests() {
  // Leaders that move, storage that fails, requests that take too long, epochs, coordinators.
  static const std::vector<Request> kRequestKinds = {
      {kFetch, {kClosed, 5, 6, 7, 9, 13, 56, 74, 75, 78}},
      {kListOffsets, {kClosed, 5, 6, 7, 13, 56, 74, 75, 78}},
      {kMetadata, {kClosed, 5, 7, 13}},
      {kOffsetCommit, {kClosed, 7, 14, 15, 16, 22, 25, 27}},
      {kFindCoordinator, {kClosed, 7, 14, 15}},
      {kApiVersions, {kClosed}},
  };
  return kRequestKinds;
}

/// The waiting is the broker's and librdkafka's: the engine's is none.
class HastyClock final : public Clock {
 public:
  Micros now() const override { return system_.now(); }
  std::chrono::nanoseconds steady() const override { return system_.steady(); }
  bool sleep_until(std::chrono::nanoseconds, std::stop_token) const override { return true; }

 private:
  SystemClock system_;
};

class BrokerLife {
 public:
  BrokerLife(std::uint64_t seed, BrokerRig& rig) : rig_(rig), random_(seed) {
    topic_ = "t" + std::to_string(seed);
    rig_.create(topic_, kPartitions);
  }

  void run() {
    const std::uint64_t percent = std::uint64_t{5} << (random_.next() % 4);
    const int faulty_runs = random_.next() % 4 == 0 ? 3 : 1;
    for (int i = 0; i < faulty_runs; ++i) {
      send();
      inject(percent);
      const Status done = run_once();
      for (const Request& request : requests()) rig_.broker().forget_failures(request.kind);
      if (done) continue;
      ++stops;
      EXPECT_EQ(done.error().kind(), Kind::kTransient) << "stopped by " << done.error().message();
    }
    send();
    const Status done = run_once();
    ASSERT_TRUE(done) << done.error().message();
    check();
  }

  int stops = 0;
  int retries = 0;

 private:
  void send() {
    std::vector<OutgoingRecord> records(kRecordsARun);
    for (OutgoingRecord& record : records) {
      record.partition = static_cast<std::int32_t>(random_.next() % kPartitions);
      record.value = R"({"id": )" + std::to_string(sent_++) + "}";
    }
    rig_.send(topic_, std::move(records));
  }

  void inject(std::uint64_t percent) {
    for (const Request& request : requests()) {
      std::vector<int> errors(kRequests);
      for (int& error : errors) {
        if (random_.next() % 100 < percent) {
          error = request.errors[random_.next() % request.errors.size()];
        }
      }
      rig_.broker().fail_requests(request.kind, errors);
    }
  }

  std::string yaml() const {
    return "name: random\n"
           "sources:\n"
           "  rows:\n"
           "    kafka:\n"
           "      brokers: " +
           rig_.broker().address() +
           "\n"
           "      topic: " +
           topic_ +
           "\n"
           "      group: g\n"
           "      discover_every: 0s\n"
           "      max_records_per_trigger: 5\n"
           "      stall_timeout: 3s\n"
           "      properties: {reconnect.backoff.ms: 10, reconnect.backoff.max.ms: 50, "
           "retry.backoff.ms: 10, retry.backoff.max.ms: 50, fetch.error.backoff.ms: 10}\n"
           "    format: {json: {schema: {id: BIGINT}}}\n"
           "sinks: {out: {from: rows, parquet: {path: " +
           folder_.at("out") +
           "}}}\n"
           "trigger: available_now\n"
           "engine: {retries: 4, threads: 1}\n"
           "checkpoint: " +
           folder_.at("checkpoint") + "\n";
  }

  Status run_once() {
    SLUICE_ASSIGN(const auto file,
                  config::read_pipeline_text(yaml(), "random.yaml", known_kinds(registry_), {}));
    io::Spool spool(rig_.files(), io::join_path(file.checkpoint, "spool"));
    SLUICE_ASSIGN(auto made,
                  compose(file, {registry_, clock_, random_, rig_.files(), &spool, nullptr}));
    RunSummary summary;
    engine::RecordingListener listener;
    Status done =
        engine::run_pipeline(made.pipeline, {clock_, random_, rig_.files(), listener}, summary, {});
    retries += static_cast<int>(listener.retries.size());
    return done;
  }

  void check() {
    const auto database = sql::open_database("", {.threads = 1});
    const auto session = (*database)->connect();
    const auto found = (*session)->query("SELECT count(*), count(DISTINCT id), max(id) FROM '" +
                                         folder_.at("out/*.parquet") + "'");
    ASSERT_TRUE(found) << found.error().message();
    const std::string all = std::to_string(sent_);
    using Rows = decltype(found->values);
    EXPECT_EQ(found->values, (Rows{{all, all, std::to_string(sent_ - 1)}}));
  }

  BrokerRig& rig_;
  SeededRandom random_;
  connector::Registry registry_ = all_connectors();
  HastyClock clock_;
  io::TemporaryFolder folder_;
  std::string topic_;
  std::int64_t sent_ = 0;
};

TEST(KafkaErrors, LoseNothingAndDoubleNothing) {
  const auto [first, count] = wished_seeds(kBrokerSeeds);
  BrokerRig rig;
  int stops = 0;
  int retries = 0;
  for (std::int64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("SLUICE_SEEDS=" + std::to_string(seed));
    BrokerLife life(static_cast<std::uint64_t>(seed), rig);
    life.run();
    stops += life.stops;
    retries += life.retries;
    if (HasFailure()) break;
  }
  std::cout << count << " pipelines: " << retries << " retries, " << stops << " stops\n";
}

}  // namespace
}  // namespace sluice::app
