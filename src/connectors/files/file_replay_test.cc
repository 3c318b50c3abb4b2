// A source of files that is played back: what is there, and when. Time is where the test puts it.

#include <utility>

#include <gtest/gtest.h>

#include "base/random.h"
#include "connectors/files/file_source.h"
#include "support/hand_clock.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

ConfigValue text(const std::string& value) { return ConfigValue::scalar(value, true, {}); }

class FileReplay : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& content) { folder_.put(name, content); }

  /// A new source, as after a restart.
  void start(const std::string& kind, const std::string& speed = "60") {
    connector::Registry registry;
    for (connector::SourceKind& each : file_source_kinds()) registry.add(std::move(each));
    const connector::SourceKind& found = *registry.source(kind);
    const auto replay =
        ConfigValue::map({{"column", {}, text("ts")}, {"speed", {}, text(speed)}}, {});
    const auto schema =
        ConfigValue::map({{"n", {}, text("INTEGER")}, {"ts", {}, text("TIMESTAMP")}}, {});
    const auto given = ConfigValue::map(
        {{"path", {}, text(folder_.path())}, {"replay", {}, replay}, {"schema", {}, schema}}, {});
    const auto options = Options::validate(found.options, given, "the source");
    ASSERT_TRUE(options) << options.error().message();
    auto source = found.make(*options, {"p", "s", clock_, random_, *files_});
    ASSERT_TRUE(source) << source.error().message();
    source_ = *std::move(source);
    ASSERT_TRUE(source_->open({}));
    if (at_.json.empty()) {
      at_ = *source_->initial();
    } else {
      ASSERT_TRUE(source_->resume({at_, "", ""}));
    }
  }

  /// The records that are there by now, each as its first letters, and goes past them.
  std::string now(const data::ReadLimit& limit = {}) {
    const auto to = source_->latest(at_, limit);
    if (!to) return to.error().message();
    if (*to == at_) return "nothing";
    const auto batch = source_->read(at_, *to, {});
    if (!batch) return batch.error().message();
    before_ = std::exchange(at_, *to);
    return shown(**batch);
  }
  static std::string shown(const data::RecordBatch& batch) {
    std::string result;
    for (const data::Payload& payload : batch.payloads()) {
      const std::string_view record = payload.text();
      result += record.substr(record.front() == '{' ? 5 : 0, 1);
    }
    return result;
  }
  void pass(Micros time) { clock_.micros += time; }

  io::TemporaryFolder folder_;
  HandClock clock_{77 * kSecond};
  SeededRandom random_{1};
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::unique_ptr<connector::Source> source_;
  data::Offset at_;
  data::Offset before_;
};

std::string line(int n, const std::string& time) {
  return R"({"n":)" + std::to_string(n) + R"(,"ts":")" + time + "\"}\n";
}

const std::string kFiveMinutes = line(1, "2024-01-01T00:00:00") + line(2, "2024-01-01T00:00:59.5") +
                                 line(3, "2024-01-01T00:01:00") + line(4, "2024-01-01T00:02:00") +
                                 line(5, "2024-01-01T00:05:00");

TEST_F(FileReplay, ARecordComesWhenItsTimeHasPassed) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  EXPECT_EQ(now(), "nothing");
  pass(kSecond - 1);
  EXPECT_EQ(now(), "2");
  pass(1);
  EXPECT_EQ(now(), "3");
  pass(9 * kSecond);
  EXPECT_EQ(now(), "45");
  EXPECT_EQ(now(), "nothing");
}

TEST_F(FileReplay, CsvHasItsTimeInItsColumn) {
  put("a.csv", "n,ts\n1,2024-01-01\n2,2024-01-01 00:01:00\n\n3,2024-01-01 00:02:00\n");
  start("csv");
  EXPECT_EQ(now(), "1");
  pass(kSecond);
  EXPECT_EQ(now(), "2");
  EXPECT_EQ(now(), "nothing");
  pass(kSecond);
  EXPECT_EQ(now(), "3");
}

TEST_F(FileReplay, WhatHasNoTimeComesWithTheRecordBefore) {
  put("a.json", R"({"n":1})"
                "\n" +
                    line(2, "2024-01-01T00:01:00") +
                    R"({"n":3,"ts":null})"
                    "\n" +
                    line(4, "no time") +
                    R"({"n":5,)"
                    "\n" +
                    line(6, "2024-01-01T00:00:00") + line(7, "2024-01-01T00:01:01") +
                    R"({"n":8})"
                    "\n");
  start("json_lines", "1");
  EXPECT_EQ(now(), "123456");
  EXPECT_EQ(now(), "nothing");
  pass(kSecond);
  EXPECT_EQ(now(), "78");
}

TEST_F(FileReplay, GoesOnInTheNextFile) {
  put("a.json", line(1, "2024-01-01T00:00:00"));
  put("b.json", line(2, "2024-01-01T00:01:00") + line(3, "2024-01-01T00:02:00"));
  put("c.json", line(4, "2024-01-01T00:02:00"));
  start("json_lines");
  EXPECT_EQ(now(), "1");
  EXPECT_EQ(now(), "nothing");
  pass(kSecond);
  EXPECT_EQ(now(), "2");
  pass(kSecond);
  EXPECT_EQ(now(), "34");
}

TEST_F(FileReplay, AHeaderAloneIsNoBatch) {
  put("a.csv", "n,ts\n1,2024-01-01\n");
  start("csv");
  EXPECT_EQ(now(), "1");
  put("b.csv", "n,ts\n2,2024-01-01 00:01:00\n");
  EXPECT_EQ(now(), "nothing");
  pass(kSecond);
  EXPECT_EQ(now(), "2");
}

TEST_F(FileReplay, LimitsCountAsEver) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  pass(5 * kSecond);
  EXPECT_EQ(now({.records = 3}), "234");
  EXPECT_EQ(now({.records = 3}), "5");
}

TEST_F(FileReplay, ARangeIsTheSameAfterARestartAndThePaceBeginsThere) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  pass(kSecond);
  EXPECT_EQ(now(), "23");
  start("json_lines");
  const auto again = source_->read(before_, at_, {});
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(shown(**again), "23");
  EXPECT_EQ(now(), "4");
  pass(3 * kSecond - 1);
  EXPECT_EQ(now(), "nothing");
  pass(1);
  EXPECT_EQ(now(), "5");
}

TEST_F(FileReplay, ABatchThatIsTriedAgainHasAtLeastTheSameRecords) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  pass(kSecond);
  EXPECT_EQ(now(), "23");
  at_ = before_;
  pass(kSecond);
  EXPECT_EQ(now(), "234");
}

TEST_F(FileReplay, FrozenItHasAllAtOnce) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  EXPECT_EQ(now(), "nothing");
  ASSERT_TRUE(source_->freeze());
  EXPECT_EQ(now(), "2345");
}

TEST_F(FileReplay, AllThatIsThereIsAllThereIs) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  data::ReadLimit all;
  all.all = true;
  EXPECT_EQ(now(all), "12345");
}

TEST_F(FileReplay, DrainedItHasWhatIsDueAtThatMoment) {
  put("a.json", kFiveMinutes);
  start("json_lines");
  EXPECT_EQ(now(), "1");
  pass(kSecond);
  ASSERT_TRUE(source_->freeze_now());
  pass(100 * kSecond);
  EXPECT_EQ(now(), "23");
  EXPECT_EQ(now(), "nothing");
}

}  // namespace
}  // namespace sluice::connectors
