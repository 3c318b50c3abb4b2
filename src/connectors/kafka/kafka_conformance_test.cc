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

 private:
  BrokerRig rig_;
  int sent_ = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, SourceConformance, KafkaRig);

}  // namespace
}  // namespace sluice::connector
