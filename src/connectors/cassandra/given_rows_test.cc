#include "connectors/cassandra/given_rows.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connectors::cassandra {
namespace {

class GivenRowsTest : public testing::Test {
 protected:
  GivenRows loaded(std::int64_t records, std::int64_t rows_max = 100) {
    GivenRows rows(folder_.path(), rows_max, *files_);
    const Status done = rows.load(records);
    EXPECT_TRUE(done) << done.error().message();
    return rows;
  }
  static void succeeds(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }
  std::size_t stored() const { return files_->list(folder_.path(), false)->size(); }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(GivenRowsTest, ARowIsGivenOnce) {
  GivenRows rows = loaded(0);
  EXPECT_TRUE(rows.add("a", 1));
  EXPECT_FALSE(rows.add("a", 1));
  EXPECT_TRUE(rows.add("b", 1));
}

TEST_F(GivenRowsTest, WhatIsNotedOutlivesTheProcess) {
  GivenRows rows = loaded(0);
  rows.add("a", 1);
  succeeds(rows.store(1, 0));
  rows.add("b", 2);
  succeeds(rows.store(2, 0));
  GivenRows again = loaded(1);  // the second is not noted
  EXPECT_FALSE(again.add("a", 1));
  EXPECT_TRUE(again.add("b", 2));
}

TEST_F(GivenRowsTest, OneFileTakesThePlaceOfAll) {
  GivenRows rows = loaded(0);
  for (int i = 0; i < 5; ++i) {
    rows.add("row " + std::to_string(i), i);
    succeeds(rows.store(i + 1, 0));
  }
  EXPECT_EQ(stored(), 5U);
  succeeds(rows.compact(5, 3));
  EXPECT_EQ(stored(), 1U);
  GivenRows again = loaded(5);
  EXPECT_TRUE(again.add("row 2", 2));
  EXPECT_FALSE(again.add("row 3", 3));
  EXPECT_FALSE(again.add("row 4", 4));
}

TEST_F(GivenRowsTest, ValuesBeforeTheOverlapAreForgotten) {
  GivenRows rows = loaded(0);
  rows.add("old", 1);
  rows.add("new", 9);
  succeeds(rows.store(2, 5));
  EXPECT_TRUE(rows.add("old", 1));
  EXPECT_FALSE(rows.add("new", 9));
}

TEST_F(GivenRowsTest, TooManyAreAnErrorThatNamesTheOptions) {
  GivenRows rows = loaded(0, 2);
  for (const char* row : {"a", "b", "c"}) rows.add(row, 1);
  const Status done = rows.store(3, 0);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kUser);
  EXPECT_NE(done.error().message().find("overlap_rows=2"), std::string::npos);
}

TEST_F(GivenRowsTest, ABrokenFileIsCorruption) {
  folder_.put("0000000000000000001.given", "nothing of the sort");
  const Status done = GivenRows(folder_.path(), 100, *files_).load(1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::connectors::cassandra
