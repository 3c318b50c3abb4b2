#include "connectors/delta/delta_sink.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "lake/log_actions.h"
#include "support/faulty_file_system.h"

namespace sluice::connectors {
namespace {

namespace fs = std::filesystem;
using connector::OutputMode;

/// Rows as a sink sees them, without a SQL engine: "files" that hold no Parquet, since nothing here
/// reads them.
class FakeRows final : public connector::BatchTable {
 public:
  explicit FakeRows(std::uint64_t rows) : rows_(rows) { schema_.add({"a", data::TypeId::kBigint}); }

  const data::Schema& schema() const override { return schema_; }

  Result<std::vector<connector::WrittenFile>> write_files(
      const connector::FileRequest& request) override {
    if (rows_ == 0) return std::vector<connector::WrittenFile>();
    connector::WrittenFile file;
    file.path = request.name_prefix + "0.parquet";
    file.rows = rows_;
    file.statistics["a"] = {"1", std::to_string(rows_), null_count};
    const std::string content(rows_ * 10, 'x');
    std::ofstream(fs::path(request.folder) / file.path) << content;
    file.bytes = content.size();
    if (fail) return transient_error("no space left");
    return std::vector{file};
  }

  const TimeZone& zone() const override { return zone_; }
  Status read_chunks(const connector::ChunkRequest&,
                     const std::function<Result<bool>(const connector::RowChunk&)>&) override {
    return internal_error("not needed");
  }

  bool fail = false;
  std::uint64_t null_count = 0;

 private:
  std::uint64_t rows_;
  data::Schema schema_;
  TimeZone zone_;
};

class DeltaSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = fs::temp_directory_path() / ("sluice-sink-" + name + std::to_string(getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// The fixture owns it: a sink does not move.
  DeltaSink& make(const std::string& name = "bronze") {
    DeltaSinkOptions options;
    options.path = folder_.string();
    options.compression = "zstd";
    return *sinks_.emplace_back(std::make_unique<DeltaSink>(
        options, connector::Context{"invoices", name, clock_, random_, *files_}));
  }

  DeltaSink& opened(OutputMode mode = OutputMode::kAppend, const std::string& name = "bronze") {
    DeltaSink& sink = make(name);
    const auto status = sink.open(FakeRows(0).schema(), mode);
    EXPECT_TRUE(status) << status.error().message();
    return sink;
  }

  /// Of a run on the checkpoint folder `mark`.
  DeltaSink& introduced(const std::string& mark,
                        const std::optional<connector::KnownClaim>& known = std::nullopt) {
    DeltaSink& sink = make();
    sink.introduce({.host = "h", .process = 1, .checkpoint = "/c", .mark = mark, .run = mark},
                   known);
    const auto status = sink.open(FakeRows(0).schema(), OutputMode::kAppend);
    EXPECT_TRUE(status) << status.error().message();
    return sink;
  }

  std::string entry(int version) { return table().log_entry(version)->value_or(""); }

  connector::Staged staged(DeltaSink& sink, data::BatchId batch, std::uint64_t rows = 3,
                           const std::string& hash = "mine") {
    FakeRows table(rows);
    auto out = sink.stage(batch, table);
    EXPECT_TRUE(out) << out.error().message();
    out->plan_hash = hash;
    out->notes = R"({"offsets":{"invoices":{"0":7}}})";
    return *std::move(out);
  }

  void publish(DeltaSink& sink, data::BatchId batch, std::uint64_t rows = 3) {
    const auto status = sink.publish(staged(sink, batch, rows));
    ASSERT_TRUE(status) << status.error().message();
  }

  lake::Table table() {
    auto opened = lake::Table::open(folder_.string(), "test");
    EXPECT_TRUE(*opened->refresh());
    return *std::move(opened);
  }

  std::size_t data_files_on_disk() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".parquet") ++count;
    }
    return count;
  }

  fs::path folder_;
  SystemClock clock_;
  SeededRandom random_{7};
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::vector<std::unique_ptr<DeltaSink>> sinks_;
};

TEST_F(DeltaSinkTest, ShowsABatchOnlyAfterPublish) {
  DeltaSink& sink = opened();
  const connector::Staged first = staged(sink, 0);
  EXPECT_EQ(first.rows, 3U);
  EXPECT_EQ(table().files()->size(), 0U);
  EXPECT_FALSE(sink.head()->has_value());
  ASSERT_TRUE(sink.publish(first));
  EXPECT_EQ(table().files()->size(), 1U);
  EXPECT_EQ((*sink.head())->batch, 0);
  EXPECT_EQ((*sink.head())->plan_hash, "mine");
}

TEST_F(DeltaSinkTest, PublishingAgainChangesNothing) {
  DeltaSink& sink = opened();
  const connector::Staged first = staged(sink, 0);
  ASSERT_TRUE(sink.publish(first));
  ASSERT_TRUE(sink.publish(first));
  DeltaSink& restarted = opened();
  ASSERT_TRUE(restarted.publish(first));
  EXPECT_EQ(table().state().version, 1);
}

TEST_F(DeltaSinkTest, AnotherProcessPublishesWhatWasStaged) {
  connector::Staged first;
  {
    DeltaSink& sink = opened();
    first = staged(sink, 0);
  }
  DeltaSink& restarted = opened();
  ASSERT_TRUE(restarted.publish(first));
  ASSERT_TRUE(restarted.discard_staged());
  EXPECT_EQ(table().files()->size(), 1U);
}

TEST_F(DeltaSinkTest, OfTwoRunsOneIsFenced) {
  DeltaSink& one = opened();
  DeltaSink& two = opened();
  const connector::Staged mine = staged(one, 0, 3, "one");
  const connector::Staged theirs = staged(two, 0, 3, "two");
  ASSERT_TRUE(two.publish(theirs));
  const auto status = one.publish(mine);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Kind::kConflict);
  EXPECT_EQ(status.error().message().find("E_FENCED"), 0U);
  EXPECT_EQ(table().files()->size(), 1U);
}

TEST_F(DeltaSinkTest, AnOlderBatchOfAnotherRunIsFencedToo) {
  DeltaSink& two = opened();
  for (data::BatchId batch = 0; batch < 3; ++batch) publish(two, batch);
  DeltaSink& one = opened();
  EXPECT_EQ(one.publish(staged(one, 1, 3, "one")).error().kind(), Kind::kConflict);
  EXPECT_TRUE(one.publish(staged(one, 1)));
  EXPECT_EQ(table().files()->size(), 3U);
}

TEST_F(DeltaSinkTest, QuietSinkStartsAgainWhenItsEntryIsCleanedUp) {
  DeltaSink& quiet = opened(OutputMode::kAppend, "quiet");
  const connector::Staged first = staged(quiet, 0);
  ASSERT_TRUE(quiet.publish(first));
  DeltaSink& busy = opened(OutputMode::kAppend, "busy");
  for (data::BatchId batch = 0; batch < 9; ++batch) publish(busy, batch, 1);
  ASSERT_TRUE(fs::exists(folder_ / "_delta_log/00000000000000000010.checkpoint.parquet"));
  for (int version = 0; version < 10; ++version) {
    fs::remove(folder_ / ("_delta_log/0000000000000000000" + std::to_string(version) + ".json"));
  }
  DeltaSink& restarted = opened(OutputMode::kAppend, "quiet");
  const auto head = restarted.head();
  ASSERT_TRUE(head) << head.error().message();
  EXPECT_EQ((*head)->batch, 0);
  EXPECT_EQ((*head)->plan_hash, "");
  EXPECT_TRUE(restarted.publish(first));
  EXPECT_EQ(table().files()->size(), 10U);
  publish(restarted, 1);
  EXPECT_EQ(table().files()->size(), 11U);
}

TEST_F(DeltaSinkTest, NewTableHasTheClaimInItsFirstEntry) {
  DeltaSink& sink = introduced("aaaaaaaa");
  EXPECT_EQ((*sink.claim())->epoch, 1);
  EXPECT_EQ(table().state().version, 0);
  EXPECT_EQ(*table().app_version("invoices/bronze/epoch"), 1);
  const auto record =
      connector::parse_claim(table().user_metadata("invoices/bronze/epoch", 1)->value_or(""));
  ASSERT_TRUE(record) << entry(0);
  EXPECT_EQ(record->writer.mark, "aaaaaaaa");
  publish(sink, 0);
  EXPECT_EQ(table().state().version, 1);
}

TEST_F(DeltaSinkTest, ClaimOfATableThatIsThereIsOneEntryOnce) {
  publish(opened(), 0);
  DeltaSink& sink = introduced("aaaaaaaa");
  const auto claim = *sink.claim();
  EXPECT_TRUE(claim->is_new);
  EXPECT_FALSE(claim->took_over);
  EXPECT_EQ(table().state().version, 2);
  EXPECT_NE(entry(2).find("\"operation\":\"CLAIM\""), std::string::npos) << entry(2);
  DeltaSink& again = introduced("aaaaaaaa", connector::KnownClaim{claim->epoch, "aaaaaaaa"});
  EXPECT_FALSE((*again.claim())->is_new);
  EXPECT_EQ(table().state().version, 2);
  EXPECT_EQ((*again.head())->batch, 0);
}

TEST_F(DeltaSinkTest, ForgottenHashAfterAnotherRunsClaimIsFenced) {
  DeltaSink& one = introduced("aaaaaaaa");
  ASSERT_TRUE(one.claim());
  const connector::Staged mine = staged(one, 0, 3, "one");
  DeltaSink& two = introduced("bbbbbbbb");
  ASSERT_TRUE(two.claim());
  for (data::BatchId batch = 0; batch < 1; ++batch) publish(two, batch);
  DeltaSink& busy = opened(OutputMode::kAppend, "busy");
  for (data::BatchId batch = 0; batch < 8; ++batch) publish(busy, batch, 1);
  ASSERT_TRUE(fs::exists(folder_ / "_delta_log/00000000000000000010.checkpoint.parquet"));
  for (int version = 0; version < 10; ++version) {
    fs::remove(folder_ / ("_delta_log/0000000000000000000" + std::to_string(version) + ".json"));
  }
  DeltaSink& restarted = introduced("aaaaaaaa", connector::KnownClaim{1, "aaaaaaaa"});
  EXPECT_TRUE((*restarted.claim())->took_over);
  EXPECT_EQ((*restarted.head())->plan_hash, "");
  EXPECT_EQ(restarted.publish(mine).error().kind(), Kind::kConflict);
}

TEST_F(DeltaSinkTest, TwoSinksShareATable) {
  DeltaSink& one = opened(OutputMode::kAppend, "one");
  DeltaSink& two = opened(OutputMode::kAppend, "two");
  for (data::BatchId batch = 0; batch < 3; ++batch) {
    publish(one, batch);
    publish(two, batch);
  }
  EXPECT_EQ((*one.head())->batch, 2);
  EXPECT_EQ((*two.head())->batch, 2);
  EXPECT_EQ(table().files()->size(), 6U);
  EXPECT_EQ(table().state().version, 6);
}

TEST_F(DeltaSinkTest, BatchWithoutRowsMovesTheHead) {
  DeltaSink& sink = opened();
  publish(sink, 0);
  publish(sink, 1, 0);
  EXPECT_EQ((*sink.head())->batch, 1);
  EXPECT_EQ(table().files()->size(), 1U);
}

TEST_F(DeltaSinkTest, CompleteModeReplacesTheTable) {
  DeltaSink& sink = opened(OutputMode::kComplete);
  publish(sink, 0, 3);
  publish(sink, 1, 5);
  lake::Table now = table();
  ASSERT_EQ(now.files()->size(), 1U);
  EXPECT_EQ((*now.files())[0].rows, 5);
  EXPECT_EQ((*now.files(1))[0].rows, 3);
  publish(sink, 2, 0);
  EXPECT_EQ(table().files()->size(), 0U);
}

TEST_F(DeltaSinkTest, RefusesUpdateModeByName) {
  const auto status = make().check(FakeRows(0).schema(), OutputMode::kUpdate);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Kind::kUser);
  EXPECT_NE(status.error().message().find("update mode"), std::string::npos);
}

TEST_F(DeltaSinkTest, LeftoversAreRemovedOthersFilesStay) {
  DeltaSink& crashed = opened();
  publish(crashed, 0);
  staged(crashed, 1);
  std::ofstream(folder_ / "somebody-elses.parquet") << "x";
  EXPECT_EQ(data_files_on_disk(), 3U);
  ASSERT_TRUE(opened().discard_staged());
  EXPECT_EQ(data_files_on_disk(), 2U);
}

TEST_F(DeltaSinkTest, StagingAgainRemovesTheFailedAttempt) {
  DeltaSink& sink = opened();
  FakeRows failing(3);
  failing.fail = true;
  EXPECT_FALSE(sink.stage(0, failing));
  EXPECT_EQ(data_files_on_disk(), 1U);
  publish(sink, 0);
  EXPECT_EQ(data_files_on_disk(), 1U);
}

// What this process has staged it has made durable: a store is asked for no file at every publish.
TEST_F(DeltaSinkTest, OwnStagedFilesAreNotLookedFor) {
  DeltaSink& sink = opened();
  const connector::Staged first = staged(sink, 0);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() == ".parquet") fs::resize_file(entry.path(), 1);
  }
  const Status published = sink.publish(first);
  EXPECT_TRUE(published) << published.error().message();
}

TEST_F(DeltaSinkTest, MissingStagedFileOfAnotherProcessIsCorruption) {
  const connector::Staged first = staged(opened(), 0);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() == ".parquet") fs::resize_file(entry.path(), 1);
  }
  EXPECT_EQ(opened().publish(first).error().kind(), Kind::kCorruption);
  EXPECT_EQ(table().state().version, 0);
}

/// Killed after it had written its entry, before the log was synced.
TEST_F(DeltaSinkTest, WhatAKilledRunLeftIsDurableOnceItIsReliedOn) {
  DeltaSink& killed = opened();
  io::FaultyFileSystem faulty(*files_, folder_.string());
  faulty.trust_content(folder_.string());
  publish(killed, 0);
  ASSERT_TRUE(faulty.sync(folder_.string()));  // the data file, before its entry
  DeltaSinkOptions options;
  options.path = folder_.string();
  DeltaSink next(options, connector::Context{"invoices", "bronze", clock_, random_, faulty});
  ASSERT_TRUE(next.open(FakeRows(0).schema(), OutputMode::kAppend));
  ASSERT_EQ((*next.head())->batch, 0);
  ASSERT_TRUE(faulty.lose_unsynced());
  EXPECT_EQ(table().state().version, 1);
}

TEST_F(DeltaSinkTest, RemovedTableIsCorruption) {
  DeltaSink& sink = opened();
  publish(sink, 0);
  const connector::Staged next = staged(sink, 1);
  fs::remove_all(folder_ / "_delta_log");
  EXPECT_EQ(sink.publish(next).error().kind(), Kind::kCorruption);
}

TEST_F(DeltaSinkTest, RefusesAFolderThatHoldsSomethingElse) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "letter.txt") << "x";
  const auto status = make().open(FakeRows(0).schema(), OutputMode::kAppend);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Kind::kUser);
  EXPECT_NE(status.error().message().find("letter.txt"), std::string::npos);
}

TEST_F(DeltaSinkTest, RefusesAnExistingTableOfOtherColumns) {
  opened();
  data::Schema other;
  other.add({"a", data::TypeId::kVarchar});
  const auto status = make().open(other, OutputMode::kAppend);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), Kind::kUser);
  EXPECT_NE(status.error().message().find("\"a\" is VARCHAR here and BIGINT"), std::string::npos);
}

TEST_F(DeltaSinkTest, RefusesNullInARequiredColumn) {
  fs::create_directories(folder_ / "_delta_log");
  auto made = lake::Table::open(folder_.string(), "test");
  lake::TableDefinition definition;
  definition.schema = FakeRows(0).schema();
  definition.id = "1";
  std::string entry = *lake::initial_entry(definition);
  entry.replace(entry.find("nullable\\\":true"), 15, "nullable\\\":false");
  ASSERT_TRUE(*made->create(entry));
  DeltaSink& sink = opened();
  publish(sink, 0);
  FakeRows rows(3);
  rows.null_count = 1;
  EXPECT_EQ(sink.stage(1, rows).error().kind(), Kind::kUser);
}

}  // namespace
}  // namespace sluice::connectors
