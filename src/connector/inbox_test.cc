#include "connector/inbox.h"

#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace sluice::connector {
namespace {

class InboxTest : public testing::Test {
 protected:
  std::unique_ptr<Inbox> opened(std::uint64_t bytes_max = 1 << 20) {
    auto inbox = std::make_unique<Inbox>(InboxOptions{folder_.path() + "/inbox", "test", bytes_max},
                                         *files_);
    const auto done = inbox->open();
    EXPECT_TRUE(done) << done.error().message();
    return inbox;
  }
  static void append(Inbox& inbox, const std::vector<std::string_view>& records,
                     std::uint32_t blank_lines = 0) {
    const auto done = inbox.append(records, blank_lines, {});
    EXPECT_TRUE(done) << done.error().message();
  }
  static data::Offset at(int record) { return {"{\"record\":" + std::to_string(record) + "}"}; }
  static data::Offset latest(Inbox& inbox, int from, const data::ReadLimit& limit = {}) {
    const auto to = inbox.latest(at(from), limit);
    EXPECT_TRUE(to) << to.error().message();
    return to ? *to : data::Offset();
  }
  static std::vector<std::string> read(Inbox& inbox, int from, int to) {
    const auto batch = inbox.read(at(from), at(to));
    EXPECT_TRUE(batch) << batch.error().message();
    std::vector<std::string> texts;
    if (!batch) return texts;
    for (const data::Payload& payload : (*batch)->payloads()) texts.emplace_back(payload.text());
    return texts;
  }
  std::vector<io::FileInfo> stored() const { return *files_->list(folder_.path(), true); }

  using Texts = std::vector<std::string>;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
};

TEST_F(InboxTest, RangesCutThroughFiles) {
  const auto inbox = opened();
  append(*inbox, {"a", "", "ccc"});
  append(*inbox, {"d", "e"});
  EXPECT_EQ(latest(*inbox, 0), at(5));
  EXPECT_EQ(read(*inbox, 0, 5), (Texts{"a", "", "ccc", "d", "e"}));
  EXPECT_EQ(read(*inbox, 1, 4), (Texts{"", "ccc", "d"}));
}

TEST_F(InboxTest, WhatNobodyWasOfferedIsDropped) {
  auto inbox = opened();
  for (const std::string_view record : {"a", "b", "c"}) append(*inbox, {record});
  inbox = opened();
  ASSERT_TRUE(inbox->drop_from(2));
  EXPECT_EQ(latest(*inbox, 0), at(2));
  append(*inbox, {"new"});
  EXPECT_EQ(read(*opened(), 0, 3), (Texts{"a", "b", "new"}));
}

TEST_F(InboxTest, AFileIsDroppedWhole) {
  const auto inbox = opened();
  append(*inbox, {"a", "b"});
  const auto done = inbox->drop_from(1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Kind::kCorruption);
  EXPECT_EQ(latest(*inbox, 0), at(2));
}

TEST_F(InboxTest, LimitsCountRecordsAndBytes) {
  const auto inbox = opened();
  append(*inbox, {"aa", "bb", "cc"});
  append(*inbox, {"dd", "ee"});
  EXPECT_EQ(latest(*inbox, 0, {.records = 4}), at(4));
  EXPECT_EQ(latest(*inbox, 0, {.bytes = 9}), at(4));
  EXPECT_EQ(latest(*inbox, 1, {.bytes = 1}), at(2));  // one always gets through
}

TEST_F(InboxTest, NextRunFindsWhatWasNotReleased) {
  append(*opened(), {"a", "b"});
  auto inbox = opened();
  append(*inbox, {"c"});
  inbox->release(at(2));
  inbox = opened();
  EXPECT_EQ(inbox->initial(), at(2));
  EXPECT_EQ(read(*inbox, 2, 3), Texts{"c"});
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(InboxTest, WhatAKilledProcessWroteHalfGoes) {
  append(*opened(), {"a"});
  std::ofstream(folder_.path() + "/inbox/.0000000000000000001.records.tmp-17-3") << "sluice";
  ASSERT_EQ(stored().size(), 2U);
  EXPECT_EQ(latest(*opened(), 0), at(1));
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(InboxTest, NumbersGoOnWhenAllWasReleased) {
  append(*opened(), {"a", "b"});
  auto inbox = opened();
  inbox->release(at(2));
  inbox = opened();
  EXPECT_EQ(latest(*inbox, 2), at(2));
  append(*inbox, {"c"});
  EXPECT_EQ(read(*inbox, 2, 3), Texts{"c"});
}

TEST_F(InboxTest, ReleaseKeepsAFileThatIsHalfRead) {
  const auto inbox = opened();
  append(*inbox, {"a", "b"});
  inbox->release(at(1));
  EXPECT_EQ(read(*inbox, 1, 2), Texts{"b"});
}

TEST_F(InboxTest, FullInboxLetsItsWriterWait) {
  const auto inbox = opened(/*bytes_max=*/4);
  append(*inbox, {"abcd"});
  std::stop_source stop;
  std::vector<Kind> kinds;
  {
    const std::jthread writer([&] {
      const std::vector<std::string_view> more{"e"};
      const auto done = inbox->append(more, 0, stop.get_token());
      if (!done) kinds.push_back(done.error().kind());
    });
    EXPECT_FALSE(inbox->wait_beyond(at(1), std::chrono::milliseconds(20), {}, SystemClock()));
    stop.request_stop();
  }
  EXPECT_EQ(kinds, std::vector<Kind>{Kind::kCancelled});
  inbox->release(at(1));
  append(*inbox, {"e"});
}

TEST_F(InboxTest, BlankLinesAreCountedOnce) {
  const auto inbox = opened();
  append(*inbox, {"a", "b"}, 3);
  EXPECT_EQ((*inbox->read(at(0), at(1)))->blank_lines(), 3);
  EXPECT_EQ((*inbox->read(at(1), at(2)))->blank_lines(), 0);
}

TEST_F(InboxTest, BrokenFileIsCorruption) {
  const auto inbox = opened();
  append(*inbox, {"abcdefgh"});
  std::fstream(stored().at(0).path, std::ios::in | std::ios::out).seekp(45).put('X');
  const auto batch = inbox->read(at(0), at(1));
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind(), Kind::kCorruption);
}

TEST_F(InboxTest, MissingRecordsAreCorruption) {
  const auto inbox = opened();
  for (const char* text : {"a", "b", "c"}) append(*inbox, {text});
  ASSERT_TRUE(files_->remove(stored().at(1).path));
  Inbox again({folder_.path() + "/inbox", "test", 1 << 20}, *files_);
  const auto done = again.open();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message().find("records 1 to 1 are gone"), std::string::npos);
  inbox->release(at(1));
  EXPECT_FALSE(inbox->latest(at(0), {}));
}

TEST_F(InboxTest, NotesAreKeptWithTheirRecords) {
  auto inbox = opened();
  const std::string_view records[] = {"a", "b"};
  ASSERT_TRUE(inbox->append(records, 0, {}, "first note"));
  append(*inbox, {"c"});
  ASSERT_TRUE(inbox->append(records, 0, {}, "second"));
  for (int run = 0; run < 2; ++run) {
    EXPECT_FALSE(inbox->note_before(at(1)));
    EXPECT_EQ(inbox->note_before(at(2))->text, "first note");
    EXPECT_EQ(inbox->note_before(at(4))->text, "first note");
    EXPECT_EQ(inbox->note_before(at(4))->records_since, 2);
    EXPECT_EQ(inbox->note_around(at(1))->text, "first note");
    EXPECT_EQ(inbox->note_around(at(4))->text, "second");
    EXPECT_EQ(inbox->note_around(at(4))->records_since, 1);
    EXPECT_FALSE(inbox->note_around(at(2)));
    EXPECT_FALSE(inbox->note_around(inbox->end()));
    EXPECT_EQ(inbox->note_before(inbox->end())->text, "second");
    EXPECT_EQ(inbox->note_before(inbox->end())->records_since, 0);
    EXPECT_EQ(read(*inbox, 1, 5), (Texts{"b", "c", "a", "b"}));
    inbox = opened();
  }
}

}  // namespace
}  // namespace sluice::connector
