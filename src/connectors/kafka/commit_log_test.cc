#include "connectors/kafka/commit_log.h"

#include <gtest/gtest.h>

#include "connectors/kafka/broker_rig.h"

namespace sluice::connectors::kafka {
namespace {

class CommitLogTest : public testing::Test {
 protected:
  CommitLogTest() { rig_.create("commits", 1); }

  std::unique_ptr<CommitLog> log(const std::string& key) {
    Connection connection = rig_.connection();
    connection.connect_timeout = std::chrono::milliseconds(2000);
    auto opened = CommitLog::open(connection, "commits", key, rig_.files());
    EXPECT_TRUE(opened) << opened.error().message();
    return *std::move(opened);
  }
  void note(const std::string& key, data::BatchId batch, int count = 1) {
    std::vector<OutgoingRecord> records;
    for (int i = 0; i < count; ++i) {
      CommitState state;
      state.head = connector::Head{batch + i, "hash"};
      records.emplace_back().key = key;
      records.back().value = commit_json(state);
    }
    rig_.send("commits", std::move(records));
  }
  /// The newest batch of the log's key; -1: none.
  static data::BatchId newest(CommitLog& log) {
    const auto state = log.newest();
    EXPECT_TRUE(state) << state.error().message();
    return state && state->head ? state->head->batch : -1;
  }

  BrokerRig rig_;
};

TEST_F(CommitLogTest, TheNewestNoteOfTheKeyCounts) {
  EXPECT_EQ(newest(*log("a")), -1);
  note("a", 1, 3);
  note("b", 7);
  const auto opened = log("a");
  EXPECT_EQ(newest(*opened), 3);
  note("a", 4);
  note("b", 8);
  EXPECT_EQ(newest(*opened), 4);
  EXPECT_EQ(newest(*opened), 4);
}

/// However many notes of others came after it.
TEST_F(CommitLogTest, ANoteFarBackIsFound) {
  note("a", 5);
  note("b", 0, 6000);
  EXPECT_EQ(newest(*log("a")), 5);
  EXPECT_EQ(newest(*log("c")), -1);
}

/// Also of a log whose first tries failed.
TEST_F(CommitLogTest, WhatFailsIsReadAgain) {
  note("a", 5);
  note("b", 0, 6000);
  const auto opened = log("a");
  rig_.broker().set_up(false);
  const auto failed = opened->newest();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Kind::kTransient) << failed.error().message();
  rig_.broker().set_up(true);
  for (int attempt = 0; attempt < 10 && !opened->newest(); ++attempt) {
  }
  EXPECT_EQ(newest(*opened), 5);
}

TEST(CommitState, IsReadBack) {
  CommitState state;
  state.head = connector::Head{3, "hash"};
  state.topic = "t";
  state.topic_id = "id";
  state.claim = connector::ClaimRecord{.epoch = 2, .writer = {.host = "h", .mark = "m"}, .time = 1};
  const auto read = parse_commit(commit_json(state));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->head->batch, 3);
  EXPECT_EQ(read->head->plan_hash, "hash");
  EXPECT_EQ(read->topic + read->topic_id, "tid");
  EXPECT_EQ(read->claim->epoch, 2);
  EXPECT_EQ(read->claim->writer.mark, "m");
  EXPECT_FALSE(parse_commit("no json"));
  EXPECT_FALSE(parse_commit(R"({"claim": 7})"));
}

}  // namespace
}  // namespace sluice::connectors::kafka
