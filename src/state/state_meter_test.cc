#include "state/state_meter.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::state {
namespace {

using std::chrono::seconds;

class StateMeterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    must(
        "ATTACH ':memory:' AS state; CREATE SCHEMA state.state; CREATE TABLE state.state.v(k "
        "BIGINT, s VARCHAR)");
  }
  void must(const std::string& sql) {
    const auto done = session_->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }
  StateSize at(seconds now) {
    const auto size = meter_.measure("v", now);
    EXPECT_TRUE(size) << size.error().message();
    return size ? *size : StateSize();
  }

  std::unique_ptr<sql::Database> database_ = *sql::open_database("", {});
  std::unique_ptr<sql::Session> session_ = *database_->connect();
  StateMeter meter_{*session_};
};

TEST_F(StateMeterTest, EmptyTableTakesNothing) {
  EXPECT_EQ(at(seconds(0)).rows, 0);
  EXPECT_EQ(at(seconds(0)).bytes, 0);
}

TEST_F(StateMeterTest, RowsTimesTheirWidth) {
  must("INSERT INTO state.state.v VALUES (1, 'a'), (2, repeat('b', 36))");
  EXPECT_EQ(at(seconds(0)).rows, 2);
  EXPECT_EQ(at(seconds(0)).bytes, 24 + 60);
}

TEST_F(StateMeterTest, WidthIsRememberedForAWhile) {
  must("INSERT INTO state.state.v VALUES (1, 'a')");
  EXPECT_EQ(at(seconds(0)).bytes, 24);
  must("INSERT INTO state.state.v VALUES (2, repeat('b', 36))");
  EXPECT_EQ(at(seconds(9)).bytes, 48);
  EXPECT_EQ(at(seconds(10)).bytes, 84);
}

TEST_F(StateMeterTest, LargeTableIsSampled) {
  must("INSERT INTO state.state.v SELECT range, 'a' FROM range(300000)");
  EXPECT_EQ(at(seconds(0)).bytes, 300000 * 24);
}

}  // namespace
}  // namespace sluice::state
