#include "connectors/kafka/embedded_broker.h"

#include <cstdlib>

#include <unistd.h>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/broker_rig.h"
#include "support/temporary_folder.h"

namespace sluice::connectors::kafka {
namespace {

/// SLUICE_HOME is a folder of the test's own.
class EmbeddedBrokerTest : public testing::Test {
 protected:
  EmbeddedBrokerTest() {
    setenv("SLUICE_HOME", folder_.path().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  }
  ~EmbeddedBrokerTest() override {
    unsetenv("SLUICE_HOME");  // NOLINT(concurrency-mt-unsafe): one thread
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(EmbeddedBrokerTest, IsFoundByItsAnnouncement) {
  const auto broker = EmbeddedBroker::start({}, *files_);
  ASSERT_TRUE(broker) << broker.error().message();
  const auto address = resolve_brokers("embedded", *files_);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->brokers, (*broker)->address());
  EXPECT_TRUE(address->embedded);
}

TEST_F(EmbeddedBrokerTest, NoneRunningSaysHowToStartOne) {
  const auto address = resolve_brokers("embedded", *files_);
  ASSERT_FALSE(address);
  EXPECT_EQ(address.error().kind(), Kind::kUser);
  EXPECT_NE(address.error().message().find("sluice broker"), std::string::npos);
}

TEST_F(EmbeddedBrokerTest, AnnouncementEndsWithTheBroker) {
  {
    const auto broker = EmbeddedBroker::start({}, *files_);
  }
  EXPECT_FALSE(files_->find(announcement_path())->has_value());
}

TEST_F(EmbeddedBrokerTest, AnnouncementOfADeadProcessIsNoBroker) {
  // No process has a number beyond the kernel's largest.
  ASSERT_TRUE(
      files_->write_atomic(announcement_path(), R"({"address":"127.0.0.1:1","pid":4194305})"));
  const auto address = resolve_brokers("embedded", *files_);
  ASSERT_FALSE(address);
  EXPECT_NE(address.error().message().find("has ended"), std::string::npos);
}

TEST_F(EmbeddedBrokerTest, AnnouncementThatNobodyListensToIsNoBroker) {
  std::string address;
  {
    EmbeddedBrokerOptions options;
    options.announce = false;
    address = (*EmbeddedBroker::start(options, *files_))->address();
  }
  const std::string pid = std::to_string(::getpid());
  ASSERT_TRUE(files_->write_atomic(announcement_path(),
                                   R"({"address":")" + address + R"(","pid":)" + pid + "}"));
  EXPECT_FALSE(resolve_brokers("embedded", *files_));
}

TEST_F(EmbeddedBrokerTest, PortThatIsTakenIsAnError) {
  EmbeddedBrokerOptions options;
  options.announce = false;
  const auto first = EmbeddedBroker::start(options, *files_);
  const std::string address = (*first)->address();
  options.port = std::stoi(address.substr(address.rfind(':') + 1));
  const auto second = EmbeddedBroker::start(options, *files_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), Kind::kUser);
}

TEST_F(EmbeddedBrokerTest, PortCanBeChosen) {
  EmbeddedBrokerOptions options;
  options.announce = false;
  // A port that was free a moment ago.
  const std::string before = (*EmbeddedBroker::start(options, *files_))->address();
  options.port = std::stoi(before.substr(before.rfind(':') + 1));
  const auto broker = EmbeddedBroker::start(options, *files_);
  ASSERT_TRUE(broker) << broker.error().message();
  EXPECT_EQ((*broker)->address(), before);
}

TEST_F(EmbeddedBrokerTest, FullPartitionIsExplainedToTheProducer) {
  EmbeddedBrokerOptions options;
  options.partition_bytes = 1024 * 1024;
  const auto broker = EmbeddedBroker::start(options, *files_);
  ASSERT_TRUE(broker) << broker.error().message();
  ProduceRequest request;
  request.topic = "t";
  request.create_partitions = 1;
  int left = 2000;
  const auto feed = [&](OutgoingRecord& record) -> Result<bool> {
    record.value = std::string(1000, 'x');
    return left-- > 0;
  };
  const SystemClock clock;
  const auto sent = produce(request, feed, {clock, *files_, {}}, {});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().message().find("keeps at most 1 MiB per partition"), std::string::npos)
      << sent.error().message();
}

TEST_F(EmbeddedBrokerTest, RecordThatFitsIsTakenBesideAFullPartition) {
  EmbeddedBrokerOptions options = BrokerRig::quiet();
  options.partition_bytes = 64 * 1024;
  BrokerRig rig(options);
  rig.create("t", 2);
  EXPECT_FALSE(rig.try_send("t", {OutgoingRecord{{}, std::string(100'000, 'x'), {}, 0, {}}}));
  EXPECT_TRUE(rig.try_send("t", {OutgoingRecord{{}, "small", {}, 1, {}}}));
}

}  // namespace
}  // namespace sluice::connectors::kafka
