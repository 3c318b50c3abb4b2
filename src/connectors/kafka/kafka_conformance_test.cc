#include "connector/source_conformance.h"
#include "connectors/kafka/broker_rig.h"

namespace sluice::connector {
namespace {

using connectors::kafka::BrokerRig;

class KafkaRig {
 public:
  KafkaRig() { rig_.create("numbers", 3); }

  std::unique_ptr<Source> make() {
    auto source = rig_.try_make({BrokerRig::option("topic", "numbers")});
    EXPECT_TRUE(source) << source.error().message();
    return *std::move(source);
  }
  void fill() {
    for (int partition = 0; partition < 3; ++partition) {
      rig_.send_numbers("numbers", sent_, 10 + partition, partition);
      sent_ += 10 + partition;
    }
  }
  bool fill_more() {
    fill();
    return true;
  }

  std::unique_ptr<Source> make_impatient() {
    auto source = rig_.try_make(
        {BrokerRig::option("topic", "numbers"), BrokerRig::option("connect_timeout", "1s")});
    EXPECT_TRUE(source) << source.error().message();
    return *std::move(source);
  }
  void go_away() { rig_.broker().set_up(false); }
  /// The broker asks nobody for a login, so that the source is refused.
  std::unique_ptr<Source> make_secret(const std::string& marker) {
    std::vector<ConfigValue::Entry> properties = {
        BrokerRig::option("security.protocol", "SASL_PLAINTEXT"),
        BrokerRig::option("sasl.mechanism", "PLAIN"), BrokerRig::option("sasl.username", "user")};
    for (const char* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password"}) {
      properties.push_back(BrokerRig::option(name, marker));
    }
    auto source = rig_.try_make({BrokerRig::option("topic", "numbers"),
                                 BrokerRig::option("connect_timeout", "2s"),
                                 {"properties", {}, ConfigValue::map(std::move(properties), {})}});
    EXPECT_TRUE(source) << source.error().message();
    return *std::move(source);
  }

 private:
  BrokerRig rig_;
  int sent_ = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, SourceConformance, KafkaRig);

}  // namespace
}  // namespace sluice::connector
