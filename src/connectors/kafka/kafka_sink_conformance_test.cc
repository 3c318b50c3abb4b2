// Without transactions against the embedded broker; with them against a real one, skipped unless
// KAFKA_BROKERS names it.
#include <cstdlib>
#include <memory>
#include <thread>

#include "connector/at_least_once_sink_conformance.h"
#include "connector/conformance.h"
#include "connectors/kafka/kafka_sink_rig.h"

namespace sluice::connector {
namespace {

using connectors::kafka::BrokerRig;
using connectors::kafka::make_kafka_sink;
using connectors::kafka::read_committed;
using connectors::kafka::SeenRecord;

SinkKind kind_with(Promise promise) {
  SinkKind kind = registered_sink(connectors::register_kafka, "kafka");
  kind.promise = promise;
  return kind;
}

/// One topic, in whichever cluster.
class TopicRig {
 public:
  TopicRig(std::shared_ptr<BrokerRig> brokers, std::string topic, const std::string& folder,
           bool transactions)
      : brokers_(std::move(brokers)),
        topic_(std::move(topic)),
        bytes_(std::make_unique<FiledBytes>(folder + "/staged")),
        transactions_(transactions) {}

  std::unique_ptr<Sink> make() {
    auto sink = make_kafka_sink(
        *brokers_, *context_, topic_,
        {BrokerRig::option("create_partitions", "1"), BrokerRig::option("key", "id"),
         BrokerRig::option("transactional_id", topic_), BrokerRig::option("connect_timeout", "2s"),
         BrokerRig::option("properties", BrokerRig::option("message.timeout.ms", "2000")),
         BrokerRig::option("transactions", transactions_ ? "true" : "false")},
        *bytes_);
    EXPECT_TRUE(sink) << sink.error().message();
    return *std::move(sink);
  }
  std::vector<std::string> rows() {
    std::vector<std::string> rows;
    for (const SeenRecord& record : read_committed(*brokers_, brokers_->files(), topic_)) {
      const auto value = parse_json(record.value);
      rows.push_back(std::to_string(value["id"].get<int>()) + "|" +
                     value["name"].get<std::string>());
      EXPECT_EQ(record.key, std::to_string(value["id"].get<int>()));
    }
    return rows;
  }
  BrokerRig& brokers() { return *brokers_; }
  std::size_t leftovers() const { return 0; }
  void put_foreign() {
    foreign_ = topic_ + "_foreign";
    brokers_->create(foreign_, 1);
    brokers_->send_numbers(foreign_, 0, 3);
  }
  bool foreign_is_intact() {
    return read_committed(*brokers_, brokers_->files(), foreign_).size() == 3;
  }

 private:
  struct Parts {
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<io::FileSystem> files = io::make_local_file_system();
  };

  std::shared_ptr<BrokerRig> brokers_;
  std::string topic_;
  std::string foreign_;
  std::unique_ptr<FiledBytes> bytes_;
  bool transactions_;
  std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();
  std::unique_ptr<Context> context_ = std::make_unique<Context>(
      Context{"pipeline", "sink", parts_->clock, parts_->random, *parts_->files});
};

class EmbeddedRig : public TopicRig {
 public:
  static SinkKind kind() { return kind_with(Promise::kAtLeastOnce); }
  static constexpr bool kOutlivesProcess = false;

  explicit EmbeddedRig(const std::string& folder)
      : TopicRig(std::make_shared<BrokerRig>(), "rows", folder, /*transactions=*/false) {}

  void go_away() { brokers().broker().set_up(false); }
};

INSTANTIATE_TYPED_TEST_SUITE_P(KafkaEmbedded, AtLeastOnceSinkConformance, EmbeddedRig);

const char* cluster() { return std::getenv("KAFKA_BROKERS"); }  // NOLINT(concurrency-mt-unsafe)

class ClusterRig : public TopicRig {
 public:
  static SinkKind kind() { return kind_with(Promise::kAtomic); }
  static std::string missing() { return cluster() == nullptr ? "KAFKA_BROKERS is not set" : ""; }
  static constexpr bool kOutlivesProcess = true;
  static constexpr bool kStagesInCheckpoint = true;
  static constexpr bool kCompleteAppends = true;

  explicit ClusterRig(const std::string& folder)
      : TopicRig(cluster_rig(), topic_of(folder), folder, /*transactions=*/true) {}

 private:
  static std::shared_ptr<BrokerRig> cluster_rig() {
    auto rig = std::make_shared<BrokerRig>();
    if (cluster() != nullptr) rig->use(cluster());
    return rig;
  }
  /// The one that was made for the folder.
  static std::string topic_of(const std::string& folder) {
    std::string topic;
    if (std::ifstream(folder + "/topic") >> topic) return topic;
    topic = "sluice_sink_" + SystemRandom().uuid();
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/topic") << topic;
    return topic;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(KafkaCluster, SinkConformance, ClusterRig);

}  // namespace
}  // namespace sluice::connector
