#include "connectors/kafka/topic_admin.h"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kafka/broker_rig.h"

namespace sluice::connectors::kafka {
namespace {

class TopicAdminTest : public testing::Test {
 protected:
  TopicAdmin& admin() {
    if (!admin_) admin_ = *TopicAdmin::create(rig_.connection(), rig_.files());
    return *admin_;
  }

  BrokerRig rig_;
  std::unique_ptr<TopicAdmin> admin_;
};

TEST_F(TopicAdminTest, ListsByName) {
  rig_.create("b", 2);
  rig_.create("a", 1);
  const auto topics = admin().list({});
  ASSERT_TRUE(topics);
  ASSERT_EQ(topics->size(), 2U);
  EXPECT_EQ((*topics)[0].name, "a");
  EXPECT_EQ((*topics)[1].partitions, 2);
}

TEST_F(TopicAdminTest, DescribesBeginAndEndOfPartitions) {
  rig_.create("t", 2);
  rig_.send_numbers("t", 0, 5, 1);
  const auto detail = admin().describe("t", {});
  ASSERT_TRUE(detail) << detail.error().message();
  ASSERT_EQ(detail->partitions.size(), 2U);
  EXPECT_EQ(detail->partitions[0].end, 0);
  EXPECT_EQ(detail->partitions[1].begin, 0);
  EXPECT_EQ(detail->partitions[1].end, 5);
  EXPECT_EQ(detail->partitions[1].leader, 1);
}

TEST_F(TopicAdminTest, ExistingTopicIsNotMadeAgain) {
  rig_.create("t", 1);
  NewTopic topic;
  topic.name = "t";
  const Status created = admin().create_topic(topic, {});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind(), Kind::kUser);
}

/// Sinks find their notes by the number of partitions.
TEST_F(TopicAdminTest, ATopicWithNotesGetsNoMorePartitions) {
  rig_.create("notes", 3);
  rig_.create("rows", 3);
  OutgoingRecord note{.key = "sluice-a-b", .value = R"({"batch":7,"plan_hash":"x","topic":"t"})"};
  OutgoingRecord row{.key = "k", .value = R"({"batch":7})"};
  rig_.send("notes", {note, row});
  rig_.send("rows", {row});
  const Status altered = admin().alter_topic({.name = "notes", .partitions = 4}, {});
  ASSERT_FALSE(altered);
  EXPECT_NE(altered.error().message().find("'notes' keeps its number of partitions"),
            std::string::npos)
      << altered.error().message();
  // The embedded broker does not know the request, which is what comes next.
  const Status rows = admin().alter_topic({.name = "rows", .partitions = 4}, {});
  EXPECT_TRUE(rows || rows.error().message().find("keeps its number") == std::string::npos);
}

TEST_F(TopicAdminTest, MissingTopicIsMadeOnce) {
  NewTopic topic;
  topic.name = "t";
  topic.partitions = 3;
  for (const bool was_missing : {true, false}) {
    const auto found = admin().find_or_create(topic, {});
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->shape.partitions, 3);
    EXPECT_EQ(found->was_missing, was_missing);
  }
}

TEST_F(TopicAdminTest, SeveralMayMakeATopicAtOnce) {
  std::array<std::string, 4> found;
  std::vector<std::jthread> makers;
  for (auto& one : found) {
    makers.emplace_back([&] {
      NewTopic topic;
      topic.name = "t";
      topic.partitions = 2;
      const auto own = TopicAdmin::create(rig_.connection(), rig_.files());
      const auto made = (*own)->find_or_create(topic, {});
      one = made ? std::to_string(made->shape.partitions) : made.error().message();
    });
  }
  makers.clear();
  for (const std::string& one : found) EXPECT_EQ(one, "2");
}

TEST_F(TopicAdminTest, MissingTopicWithoutPartitionsIsAnError) {
  NewTopic topic;
  topic.name = "t";
  topic.partitions = 0;
  const auto found = admin().find_or_create(topic, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), Kind::kUser);
}

TEST_F(TopicAdminTest, DeletedTopicIsGone) {
  rig_.create("t", 1);
  ASSERT_TRUE(admin().delete_topic("t", {}));
  EXPECT_TRUE(admin().list({})->empty());
}

TEST_F(TopicAdminTest, DeletingWhatIsNotThereNamesTheNearest) {
  rig_.create("orders", 1);
  const Status deleted = admin().delete_topic("order", {});
  ASSERT_FALSE(deleted);
  EXPECT_NE(deleted.error().message().find("did you mean 'orders'?"), std::string::npos);
}

}  // namespace
}  // namespace sluice::connectors::kafka
