#include "connectors/http/seen_records.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connectors::http {
namespace {

RecordId id(int number) {
  RecordId out{};
  out[0] = static_cast<std::uint8_t>(number);
  return out;
}

class SeenRecordsTest : public testing::Test {
 protected:
  SeenRecords make(std::size_t ids_max = 10) {
    EXPECT_TRUE(files_->make_folders(folder_.at("seen")));
    return {folder_.at("seen/ids"), ids_max, *files_};
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(SeenRecordsTest, ARecordIsNewOnce) {
  SeenRecords seen = make();
  seen.begin_answer();
  EXPECT_TRUE(seen.add(id(1)));
  EXPECT_FALSE(seen.add(id(1)));
  seen.begin_answer();
  EXPECT_FALSE(seen.add(id(1)));
  EXPECT_TRUE(seen.add(id(2)));
}

TEST_F(SeenRecordsTest, IsKeptInAFile) {
  SeenRecords seen = make();
  EXPECT_EQ(*seen.load(), false);
  seen.begin_answer();
  seen.add(id(1));
  ASSERT_TRUE(seen.save(7));
  SeenRecords again = make();
  EXPECT_EQ(*again.load(), true);
  EXPECT_EQ(again.covers(), 7);
  EXPECT_FALSE(again.add(id(1)));
}

TEST_F(SeenRecordsTest, ForgetsWhatWasSeenLongestAgo) {
  SeenRecords seen = make(2);
  for (const int number : {1, 2, 3}) {
    seen.begin_answer();
    seen.add(id(number));
  }
  seen.begin_answer();
  seen.add(id(1));  // an answer still has it
  seen.trim();
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_FALSE(seen.add(id(1)));
  EXPECT_FALSE(seen.add(id(3)));
  EXPECT_TRUE(seen.add(id(2)));
}

TEST_F(SeenRecordsTest, TheOrderIsKeptInTheFile) {
  SeenRecords seen = make();
  for (const int number : {3, 2, 1}) {
    seen.begin_answer();
    seen.add(id(number));
  }
  ASSERT_TRUE(seen.save(0));
  SeenRecords again = make(1);
  ASSERT_TRUE(again.load());
  again.trim();
  EXPECT_FALSE(again.add(id(1)));
  EXPECT_TRUE(again.add(id(3)));
}

TEST_F(SeenRecordsTest, MoreThanCanBeRememberedIsSaid) {
  SeenRecords seen = make(2);
  seen.begin_answer();
  for (const int number : {1, 2, 2, 1}) seen.add(id(number));
  EXPECT_FALSE(seen.is_overrun());
  seen.add(id(3));
  EXPECT_TRUE(seen.is_overrun());
}

TEST_F(SeenRecordsTest, ABrokenFileIsSaid) {
  SeenRecords seen = make();
  seen.add(id(1));
  ASSERT_TRUE(seen.save(1));
  std::string bytes = *files_->read(folder_.at("seen/ids"));
  for (const std::size_t at : {0UL, 9UL, 17UL, 33UL}) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    folder_.put("seen/ids", broken);
    const auto loaded = make().load();
    ASSERT_FALSE(loaded) << at;
    EXPECT_EQ(loaded.error().kind(), Kind::kCorruption);
  }
}

}  // namespace
}  // namespace sluice::connectors::http
