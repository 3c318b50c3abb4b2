#include "connectors/delta/delta_source.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/timestamp_text.h"
#include "support/temporary_folder.h"

namespace sluice::connectors {
namespace {

const SystemClock kClock;

/// A table whose log the test writes by hand; its data files are empty, since only what the log
/// says of them is asked for.
class DeltaSourceTest : public testing::Test {
 protected:
  DeltaSourceTest() {
    options_.path = folder_.path();
    options_.start = StartVersion{0};
    commit(0, protocol("1", "") + metadata("id-1", kIdColumn));
  }

  static constexpr const char* kIdColumn =
      R"({\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}})";
  static constexpr const char* kNameColumn =
      R"({\"name\":\"name\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}})";

  static std::string protocol(const std::string& reader, const std::string& features) {
    return R"({"protocol":{"minReaderVersion":)" + reader + R"(,"minWriterVersion":)" +
           (reader == "3" ? "7" : "2") + features + "}}\n";
  }
  static std::string metadata(const std::string& id, const std::string& columns,
                              const std::string& properties = "") {
    return R"({"metaData":{"id":")" + id +
           R"(","format":{"provider":"parquet","options":{}},"schemaString":")" +
           R"({\"type\":\"struct\",\"fields\":[)" + columns + R"(]}","partitionColumns":[],)" +
           R"("configuration":{)" + properties + R"(},"createdTime":1}})" + "\n";
  }
  std::string add(const std::string& name, const std::string& change = "true") {
    folder_.put(name, "PAR1");
    return R"({"add":{"path":")" + name +
           R"(","partitionValues":{},"size":4,"modificationTime":1,"dataChange":)" + change +
           R"(,"stats":"{\"numRecords\":10}"}})" + "\n";
  }
  static std::string remove(const std::string& name, const std::string& change = "true") {
    return R"({"remove":{"path":")" + name + R"(","deletionTimestamp":1,"dataChange":)" + change +
           R"(,"stats":"{\"numRecords\":10}"}})" + "\n";
  }
  static std::string entry_path(int version) {
    const std::string number = std::to_string(version);
    return "_delta_log/" + std::string(20 - number.size(), '0') + number + ".json";
  }
  void commit(int version, const std::string& actions) {
    folder_.put(entry_path(version), actions);
  }

  DeltaSource& source() {
    if (!source_) {
      source_ = std::make_unique<DeltaSource>(
          options_, connector::Context{"p", "s", kClock, random_, *files_});
      const Status opened = source_->open({});
      EXPECT_TRUE(opened) << opened.error().message();
      if (at_.json.empty()) at_ = *source_->initial();
    }
    return *source_;
  }
  /// The names of the files that the next batch takes: "a b ".
  std::string batch(const data::ReadLimit& limit = {}) {
    const auto to = source().latest(at_, limit);
    if (!to) return to.error().message();
    const auto read = source().read(at_, *to, {});
    if (!read) return read.error().message();
    std::string names;
    for (const data::ParquetFile& file : (*read)->parquet()->files) {
      names += io::file_name(file.path) + " ";
    }
    at_ = *to;
    return names;
  }
  void expect_error(const std::string& beginning) {
    const std::string message = batch();
    EXPECT_NE(message.find(beginning), std::string::npos) << message;
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  SystemRandom random_;
  DeltaSourceOptions options_;
  std::unique_ptr<DeltaSource> source_;
  data::Offset at_;
};

TEST_F(DeltaSourceTest, VersionsInOrder) {
  commit(1, add("a") + add("b"));
  commit(2, add("c"));
  EXPECT_EQ(batch(), "a b c ");
  EXPECT_EQ(batch(), "");
  commit(3, add("d"));
  EXPECT_EQ(batch(), "d ");
}

TEST_F(DeltaSourceTest, BatchMayEndInsideAVersion) {
  options_.files_per_trigger_max = 2;
  commit(1, add("a") + add("b") + add("c"));
  EXPECT_EQ(batch(), "a b ");
  source_.reset();
  EXPECT_EQ(batch(), "c ");
}

TEST_F(DeltaSourceTest, BytesLimitABatch) {
  commit(1, add("a") + add("b") + add("c"));
  EXPECT_EQ(batch({.bytes = 8}), "a b ");
  EXPECT_EQ(batch({.bytes = 1}), "c ");
}

TEST_F(DeltaSourceTest, StartsWithTheTable) {
  options_.start = StartWithTable{};
  commit(1, add("a") + add("b"));
  commit(2, remove("a") + add("c"));
  EXPECT_EQ(batch(), "b c ");
  commit(3, add("d"));
  EXPECT_EQ(batch(), "d ");
}

TEST_F(DeltaSourceTest, StartsBehindTheTable) {
  options_.start = StartLatest{};
  commit(1, add("a"));
  EXPECT_EQ(batch(), "");
  commit(2, add("b"));
  EXPECT_EQ(batch(), "b ");
}

TEST_F(DeltaSourceTest, FilesPutTogetherAreNoNewRows) {
  commit(1, add("a") + add("b"));
  commit(2, remove("a", "false") + remove("b", "false") + add("c", "false"));
  EXPECT_EQ(batch(), "a b ");
}

TEST_F(DeltaSourceTest, DeletesAreNamed) {
  commit(1, add("a"));
  EXPECT_EQ(batch(), "a ");
  commit(2, R"({"commitInfo":{"operation":"DELETE"}})"
            "\n" +
                remove("a"));
  expect_error("version=2: E_CHANGE_IN_SOURCE");
  expect_error("operation=DELETE");
  options_.rules.ignore_deletes = true;
  source_.reset();
  EXPECT_EQ(batch(), "");
}

TEST_F(DeltaSourceTest, RewrittenFilesByTheRules) {
  commit(1, add("a"));
  commit(2, remove("a") + add("b"));
  options_.rules.ignore_deletes = true;
  expect_error("E_CHANGE_IN_SOURCE");
  options_.rules.skip_change_commits = true;
  source_.reset();
  EXPECT_EQ(batch(), "a ");
  options_.rules = {.ignore_changes = true};
  source_.reset();
  at_ = {};
  EXPECT_EQ(batch(), "a b ");
}

TEST_F(DeltaSourceTest, NewColumnsWantAStart) {
  commit(1, add("a"));
  EXPECT_EQ(batch(), "a ");
  commit(2, metadata("id-1", std::string(kIdColumn) + "," + kNameColumn) + add("b"));
  expect_error("E_SCHEMA_CHANGED: the Delta table has new columns");
  source_.reset();
  EXPECT_EQ(batch(), "b ");
  EXPECT_EQ(source().outline()->schema.size(), 2U);
}

TEST_F(DeltaSourceTest, OtherColumnsWantANewCheckpoint) {
  commit(1, add("a"));
  EXPECT_EQ(batch(), "a ");
  commit(2, metadata("id-1", kNameColumn) + add("b"));
  expect_error("E_SCHEMA_CHANGED: the Delta table's columns are (or were) different");
}

TEST_F(DeltaSourceTest, AnotherTableIsNamed) {
  commit(1, add("a"));
  EXPECT_EQ(batch(), "a ");
  commit(0, protocol("1", "") + metadata("id-2", kIdColumn));
  source_.reset();
  expect_error("E_TABLE_REPLACED");
}

TEST_F(DeltaSourceTest, GoneFileIsNamed) {
  commit(1, add("a"));
  ASSERT_TRUE(files_->remove(folder_.at("a")));
  expect_error("E_FILE_GONE");
}

TEST_F(DeltaSourceTest, ChangeFeedMustBeKept) {
  options_.rules.change_feed = true;
  DeltaSource source(options_, connector::Context{"p", "s", kClock, random_, *files_});
  const Status opened = source.open({});
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().message().starts_with("E_NO_CHANGE_FEED"));
}

TEST_F(DeltaSourceTest, ChangeFeedFollowsFromTheLog) {
  options_.rules.change_feed = true;
  commit(0,
         protocol("1", "") + metadata("id-1", kIdColumn, R"("delta.enableChangeDataFeed":"true")"));
  commit(1, add("a"));
  commit(2, remove("a"));
  const auto to = source().latest(at_, {});
  ASSERT_TRUE(to) << to.error().message();
  const auto read = source().read(at_, *to, {});
  ASSERT_TRUE(read) << read.error().message();
  const auto& files = (*read)->parquet()->files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].partition_values.at("_change_type"), "insert");
  EXPECT_EQ(files[1].partition_values.at("_change_type"), "delete");
  EXPECT_EQ(files[1].partition_values.at("_commit_version"), "2");
}

// What Spark 4.2's change feed and DESCRIBE HISTORY give for such times of the log's files.
TEST_F(DeltaSourceTest, CommitsHaveTheTimesThatSparkGivesThem) {
  struct Recorded {
    std::vector<int> written_ms;  // of the versions from 0 on, after some instant
    std::vector<int> told_ms;     // of the versions from 1 on
  };
  const Recorded recorded[] = {
      {{0, 0, 0, 0, 0}, {1, 2, 3, 4}},
      {{0, 5000, 4000, 4000, 10000, 9999}, {5000, 5001, 5002, 10000, 10001}},
      {{0, 2, 1, 3, 3}, {2, 3, 4, 5}},
  };
  options_.rules.change_feed = true;
  constexpr std::chrono::milliseconds kFirst(1'700'000'000'000);
  for (const auto& [written, reported] : recorded) {
    std::filesystem::remove_all(folder_.at("_delta_log"));
    std::filesystem::create_directories(folder_.at("_delta_log"));
    source_.reset();
    at_ = {};
    for (std::size_t version = 0; version < written.size(); ++version) {
      const int number = static_cast<int>(version);
      commit(number, number > 0
                         ? add(std::to_string(number))
                         : protocol("1", "") + metadata("id-1", kIdColumn,
                                                        R"("delta.enableChangeDataFeed":"true")"));
      const std::chrono::sys_time<std::chrono::nanoseconds> time(
          kFirst + std::chrono::milliseconds(written[version]));
      std::filesystem::last_write_time(folder_.at(entry_path(number)),
                                       std::chrono::file_clock::from_sys(time));
    }
    const auto to = source().latest(at_, {});
    ASSERT_TRUE(to) << to.error().message();
    const auto read = source().read(at_, *to, {});
    ASSERT_TRUE(read) << read.error().message();
    std::vector<std::int64_t> times;
    for (const auto& file : (*read)->parquet()->files) {
      times.push_back(*parse_timestamp_ms(*file.partition_values.at("_commit_timestamp")));
    }
    ASSERT_EQ(times.size(), reported.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(times[i] - kFirst.count(), reported[i]) << i;
    }
  }
}

TEST_F(DeltaSourceTest, ALogOfACheckpointAloneIsATable) {
  commit(1, add("a"));
  ASSERT_EQ(batch(), "a ");
  // What clean-up leaves of a quiet table.
  auto table = lake::Table::open(folder_.path(), "test");
  ASSERT_TRUE(table);
  ASSERT_TRUE(*table->refresh());
  for (int version = 2; version < 11; ++version) commit(version, remove("none"));
  ASSERT_TRUE(*table->refresh());
  ASSERT_TRUE(*table->checkpoint_if_due());
  for (int version = 0; version < 11; ++version) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%020d.json", version);
    ASSERT_TRUE(files_->remove(folder_.at(std::string("_delta_log/") + name.data())));
  }
  options_.start = StartWithTable{};
  source_.reset();
  at_ = {};
  EXPECT_EQ(batch(), "a ");
  EXPECT_EQ(batch(), "");
  EXPECT_EQ(batch(), "");
  commit(11, add("b"));
  EXPECT_EQ(batch(), "b ");
}

TEST_F(DeltaSourceTest, UnknownReaderFeatureIsNamed) {
  commit(0, protocol("3", R"(,"readerFeatures":["clockSkew"],"writerFeatures":["clockSkew"])") +
                metadata("id-1", kIdColumn));
  DeltaSource source(options_, connector::Context{"p", "s", kClock, random_, *files_});
  const Status opened = source.open({});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("clockSkew"), std::string::npos)
      << opened.error().message();
}

}  // namespace
}  // namespace sluice::connectors
