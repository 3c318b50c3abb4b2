#include "connectors/files/file_sink.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "support/temporary_folder.h"
#include "support/text_table.h"

namespace sluice::connectors {
namespace {

using connector::OutputMode;
using connector::Staged;
using connector::TextTable;
using data::TypeId;

const SystemClock kClock;

class FileSinkTest : public testing::Test {
 protected:
  FileSinkTest() {
    options_.path = folder_.at("out");
    options_.format = FolderFormat::kCsv;
    faulty_ = std::make_unique<io::FaultyFileSystem>(*files_, folder_.path());
  }

  std::unique_ptr<FileSink> make() {
    return std::make_unique<FileSink>(options_,
                                      connector::Context{"p/1", "s", kClock, random_, *faulty_});
  }
  std::unique_ptr<FileSink> opened(OutputMode mode = OutputMode::kAppend) {
    auto sink = make();
    const Status status = sink->open(schema_, mode);
    EXPECT_TRUE(status) << status.error().message();
    return sink;
  }
  Result<Staged> stage(FileSink& sink, data::BatchId batch) {
    const std::string id = std::to_string(batch);
    TextTable table(schema_, {{"1" + id, "a"}, {"2" + id, std::nullopt}, {"3" + id, "b"}});
    auto staged = sink.stage(batch, table);
    if (staged) staged->plan_hash = "hash" + id;
    return staged;
  }
  Status run(FileSink& sink, data::BatchId batch) {
    SLUICE_ASSIGN(const Staged staged, stage(sink, batch));
    return sink.publish(staged);
  }
  /// Of a run on the checkpoint folder `mark`, which claims.
  std::unique_ptr<FileSink> claimed(const std::string& mark) { return claimed(mark, *faulty_); }
  std::unique_ptr<FileSink> claimed(const std::string& mark, io::FileSystem& files) {
    auto sink = std::make_unique<FileSink>(options_,
                                           connector::Context{"p/1", "s", kClock, random_, files});
    sink->introduce({.host = "h", .process = 1, .checkpoint = "/c", .mark = mark, .run = mark},
                    std::nullopt);
    EXPECT_TRUE(sink->open(schema_, OutputMode::kAppend));
    EXPECT_TRUE(sink->claim());
    return sink;
  }
  /// Moves the files into place, and fails to write the manifest.
  void move_only(FileSink& sink, const Staged& staged) {
    faulty_->fail_at(3, io::FaultyFileSystem::Fault::kBefore);  // rename, sync, manifest
    EXPECT_FALSE(sink.publish(staged));
    EXPECT_EQ(data_files().size(), 1U);
    EXPECT_FALSE(*sink.head());
  }
  Error check_error(OutputMode mode = OutputMode::kAppend) {
    auto status = make()->check(schema_, mode);
    EXPECT_FALSE(status);
    return status ? internal_error("no error") : std::move(status).error();
  }
  /// Data files in the table, without their random part: "k=v/part-00000000000-...-0.csv" -> "k=v".
  std::vector<std::string> data_files() {
    std::vector<std::string> result;
    const auto listed = files_->list(options_.path, true);
    for (const io::FileInfo& file : *listed) {
      const std::string name = file.path.substr(options_.path.size() + 1);
      if (!name.starts_with("_")) result.push_back(name);
    }
    return result;
  }

  /// Gives all files of the sink's own the names that they had in the layout before.
  void make_old_layout() {
    const std::vector<std::array<std::string, 3>> folders = {
        {"out/_batches/p%2F1.s", ".manifest", ".json"}, {"out/_staging/p%2F1.s", ".staged", ""}};
    for (const auto& [folder, ending, old_ending] : folders) {
      std::filesystem::create_directories(folder_.at(folder));
      const std::string now = folder_.at(folder + ".d");
      const auto listed = files_->list(now, true);
      for (const io::FileInfo& file : *listed) {
        std::string name = folder_.at(folder) + file.path.substr(now.size());
        name = name.substr(0, name.size() - ending.size()) + old_ending;
        std::filesystem::create_directories(io::parent_folder(name));
        std::filesystem::rename(file.path, name);
      }
      std::filesystem::remove_all(now);
    }
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  std::unique_ptr<io::FaultyFileSystem> faulty_;
  SystemRandom random_;
  FileSinkOptions options_;
  data::Schema schema_{{{"id", TypeId::kBigint}, {"k", TypeId::kVarchar}}};
};

TEST_F(FileSinkTest, UpdateModeIsRefused) {
  EXPECT_EQ(check_error(OutputMode::kUpdate).message(),
            "a folder of CSV files cannot change rows, so mode 'update' is not possible; use mode "
            "'append' or 'complete', or a delta sink");
}

TEST_F(FileSinkTest, PartitionColumnsMustBeThere) {
  options_.partition_by = {"nowhere"};
  EXPECT_EQ(check_error().kind(), Kind::kUser);
  options_.partition_by = {"id", "k"};
  EXPECT_EQ(check_error().message(),
            "partition_by takes all columns; leave at least one for the files");
}

TEST_F(FileSinkTest, CsvRefusesWhatItCannotHold) {
  schema_.add({"list", data::Type::list(TypeId::kInteger)});
  EXPECT_EQ(
      check_error().message(),
      "CSV cannot store column 'list' of type INTEGER[]; write to_json(\"list\") in a view, or "
      "use a parquet sink");
}

TEST_F(FileSinkTest, ParquetRefusesHugeIntegers) {
  options_.format = FolderFormat::kParquet;
  schema_.add({"sum", TypeId::kHugeint});
  EXPECT_EQ(check_error().message(),
            "Parquet cannot store column 'sum' of type HUGEINT exactly; write CAST(\"sum\" AS "
            "BIGINT) or CAST(\"sum\" AS DECIMAL(38,0)) in the view");
}

TEST_F(FileSinkTest, OtherColumnsNeedAnotherPath) {
  ASSERT_TRUE(run(*opened(), 0));
  schema_.add({"more", TypeId::kBigint});
  EXPECT_EQ(make()->open(schema_, OutputMode::kAppend).error().kind(), Kind::kUser);
}

TEST_F(FileSinkTest, AnotherModeNeedsAnotherPath) {
  ASSERT_TRUE(run(*opened(), 0));
  EXPECT_EQ(make()->open(schema_, OutputMode::kComplete).error().kind(), Kind::kUser);
}

TEST_F(FileSinkTest, PartitionsAreFolders) {
  options_.partition_by = {"k"};
  ASSERT_TRUE(run(*opened(), 0));
  std::vector<std::string> folders;
  for (const std::string& name : data_files()) folders.push_back(io::parent_folder(name));
  EXPECT_EQ(folders, (std::vector<std::string>{"k=__HIVE_DEFAULT_PARTITION__", "k=a", "k=b"}));
}

TEST_F(FileSinkTest, NamesSortByBatch) {
  const auto sink = opened();
  for (const data::BatchId batch : {0, 9, 10}) ASSERT_TRUE(run(*sink, batch));
  const auto names = data_files();
  ASSERT_EQ(names.size(), 3U);
  EXPECT_TRUE(names[0].starts_with("part-00000000000-"));
  EXPECT_TRUE(names[1].starts_with("part-00000000009-"));
  EXPECT_TRUE(names[2].starts_with("part-00000000010-"));
}

TEST_F(FileSinkTest, NothingStaysInTheStagingFolder) {
  options_.partition_by = {"k"};
  ASSERT_TRUE(run(*opened(), 0));
  const std::filesystem::path staging = folder_.at("out/_staging/p%2F1.s.d");
  EXPECT_TRUE(std::filesystem::is_empty(staging));
}

TEST_F(FileSinkTest, NoReaderTakesItsOwnFilesForRows) {
  const auto sink = opened();
  ASSERT_TRUE(run(*sink, 0));
  ASSERT_TRUE(stage(*sink, 1));
  std::set<std::string> endings;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.at("out"))) {
    const std::string name = entry.path().string().substr(options_.path.size());
    if (name.starts_with("/_")) endings.insert(entry.path().extension());
  }
  EXPECT_EQ(endings, (std::set<std::string>{"", ".d", ".manifest", ".staged"}));
}

TEST_F(FileSinkTest, TheLayoutBeforeIsUpgradedInPlace) {
  options_.partition_by = {"k"};
  auto sink = opened();
  for (const data::BatchId batch : {0, 1}) ASSERT_TRUE(run(*sink, batch));
  const auto recorded = stage(*sink, 2);
  ASSERT_TRUE(stage(*sink, 3));  // before a crash: the checkpoint does not know of it
  make_old_layout();

  sink = opened();
  ASSERT_EQ((*sink->head())->batch, 1);
  ASSERT_TRUE(sink->publish(*recorded));
  ASSERT_TRUE(sink->publish(*recorded));
  ASSERT_TRUE(sink->discard_staged());
  EXPECT_EQ((*sink->head())->batch, 2);
  EXPECT_EQ(data_files().size(), 9U);
  EXPECT_FALSE(std::filesystem::exists(folder_.at("out/_staging/p%2F1.s")));
  EXPECT_FALSE(std::filesystem::exists(folder_.at("out/_batches/p%2F1.s")));
}

/// Stopped after any operation, the upgrade goes on where it was.
TEST_F(FileSinkTest, AnUpgradeThatStopsGoesOn) {
  ASSERT_TRUE(run(*opened(), 0));
  ASSERT_TRUE(run(*opened(), 1));
  for (std::size_t i = 1; i < 12; ++i) {
    make_old_layout();
    faulty_->fail_at(i, io::FaultyFileSystem::Fault::kAfter);
    static_cast<void>(make()->open(schema_, OutputMode::kAppend));
    faulty_->fail_at(0);
    const auto sink = opened();
    ASSERT_EQ((*sink->head())->batch, 1) << i;
    ASSERT_EQ(files_->list(folder_.at("out/_batches/p%2F1.s.d"), false)->size(), 2U) << i;
  }
}

TEST_F(FileSinkTest, AWriterWhoseOldFolderIsOursKeepsItsFiles) {
  const auto sink = opened();
  ASSERT_TRUE(run(*sink, 0));
  const auto staged = stage(*sink, 1);
  // "s.d" wrote to the folders that are "s"'s now.
  FileSink other(options_, connector::Context{"p/1", "s.d", kClock, random_, *faulty_});
  ASSERT_TRUE(other.open(schema_, OutputMode::kAppend));
  EXPECT_FALSE(*other.head());
  ASSERT_TRUE(other.discard_staged());
  EXPECT_TRUE(sink->publish(*staged));
}

TEST_F(FileSinkTest, OldManifestsGo) {
  const auto sink = opened();
  for (data::BatchId batch = 0; batch < 103; ++batch) ASSERT_TRUE(run(*sink, batch));
  const auto left = files_->list(folder_.at("out/_batches/p%2F1.s.d"), false);
  EXPECT_EQ(left->size(), 100U);
  EXPECT_TRUE(left->front().path.ends_with("/00000000003.manifest"));
  EXPECT_EQ(data_files().size(), 103U);
}

TEST_F(FileSinkTest, ALostStagedFileIsCorruption) {
  const auto sink = opened();
  const auto staged = stage(*sink, 0);
  ASSERT_TRUE(sink->discard_staged());
  EXPECT_EQ(sink->publish(*staged).error().kind(), Kind::kCorruption);
}

TEST_F(FileSinkTest, ABrokenManifestIsCorruption) {
  const auto sink = opened();
  ASSERT_TRUE(run(*sink, 0));
  ASSERT_TRUE(files_->write_atomic(folder_.at("out/_batches/p%2F1.s.d/00000000001.manifest"), "{"));
  EXPECT_EQ(sink->head().error().kind(), Kind::kCorruption);
}

TEST_F(FileSinkTest, WhatAnotherRunLeftHalfPublishedGoesWhenItsBatchIsOurs) {
  const auto one = claimed("aaaaaaaa");
  const auto staged = stage(*one, 0);
  ASSERT_TRUE(staged);
  move_only(*one, *staged);
  const auto two = claimed("bbbbbbbb");
  ASSERT_TRUE(run(*two, 0));
  const auto left = data_files();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(staged->action.find(left[0]), std::string::npos) << "the other run's file stays";
  EXPECT_TRUE(one->withdraw(*staged));
  EXPECT_EQ(data_files(), left);
}

TEST_F(FileSinkTest, LoserTakesBackWhatItHasMoved) {
  const auto one = claimed("aaaaaaaa");
  const auto staged = stage(*one, 0);
  ASSERT_TRUE(staged);
  const auto two = opened();  // of an earlier version: it looks for nobody's files
  auto theirs = stage(*two, 0);
  theirs->plan_hash = "theirs";
  move_only(*one, *staged);
  ASSERT_TRUE(two->publish(*theirs));
  EXPECT_EQ(data_files().size(), 2U);
  ASSERT_TRUE(one->withdraw(*staged));
  EXPECT_EQ(data_files().size(), 1U);
  EXPECT_EQ(one->publish(*staged).error().kind(), Kind::kConflict);
  EXPECT_EQ(data_files().size(), 1U);
}

/// After the look at the log with which it begins.
TEST_F(FileSinkTest, AClaimDuringAPublishFencesIt) {
  const auto one = claimed("aaaaaaaa");
  const auto staged = stage(*one, 0);
  std::unique_ptr<FileSink> two;
  faulty_->happen_at(1, [&] { two = claimed("bbbbbbbb", *files_); });
  const Status published = one->publish(*staged);
  ASSERT_NE(two, nullptr);
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind(), Kind::kConflict);
  EXPECT_FALSE(*two->head());
  EXPECT_TRUE(data_files().empty()) << "what it has moved stays";
}

TEST_F(FileSinkTest, WhatIsOursIsNotWithdrawn) {
  const auto one = claimed("aaaaaaaa");
  auto staged = stage(*one, 0);
  ASSERT_TRUE(one->publish(*staged));
  EXPECT_TRUE(one->withdraw(*staged));
  ASSERT_TRUE(run(*one, 1));
  EXPECT_TRUE(one->withdraw(*staged));
  EXPECT_EQ(data_files().size(), 2U);
}

TEST_F(FileSinkTest, ManifestWhoseAnswerWasLostFencesNobody) {
  const auto one = claimed("aaaaaaaa");
  const auto staged = stage(*one, 0);
  faulty_->fail_at(3, io::FaultyFileSystem::Fault::kAfter);
  EXPECT_FALSE(one->publish(*staged));
  EXPECT_EQ((*one->head())->batch, 0);
  EXPECT_TRUE(one->check_claim(nullptr));
  EXPECT_TRUE(run(*one, 1));
}

TEST_F(FileSinkTest, StagingIsClosedToOthers) {
  opened();
  const auto mode = [&](const char* name) {
    return std::filesystem::status(folder_.at(name)).permissions();
  };
  EXPECT_EQ(mode("out/_staging/p%2F1.s.d"), std::filesystem::perms(0700));
  EXPECT_NE(mode("out") & std::filesystem::perms(0077), std::filesystem::perms::none);
}

/// Whatever operation fails, before or after its work: staging or publishing again repairs it.
TEST_F(FileSinkTest, EveryFailureIsMendedByTryingAgain) {
  using Fault = io::FaultyFileSystem::Fault;
  options_.partition_by = {"k"};
  const auto sink = opened();
  const std::size_t before = faulty_->operations();
  ASSERT_TRUE(run(*sink, 0));
  const std::size_t operations = faulty_->operations() - before;
  data::BatchId batch = 1;
  for (std::size_t i = 1; i <= operations; ++i) {
    for (const Fault fault : {Fault::kBefore, Fault::kAfter}) {
      faulty_->fail_at(i, fault);
      auto staged = stage(*sink, batch);
      if (!staged) {
        ASSERT_TRUE(sink->discard_staged());
        staged = stage(*sink, batch);
      }
      ASSERT_TRUE(staged);
      const bool done = sink->publish(*staged).has_value() || sink->publish(*staged).has_value();
      ASSERT_TRUE(done) << i;
      ASSERT_EQ((*sink->head())->batch, batch);
      ++batch;
      ASSERT_EQ(data_files().size(), static_cast<std::size_t>(batch) * 3) << i;
    }
  }
}

/// The power goes after any operation: what was recorded as staged can be published, and what was
/// published is there.
TEST_F(FileSinkTest, EveryPowerCutIsSurvived) {
  options_.partition_by = {"k"};
  auto sink = opened();
  ASSERT_TRUE(run(*sink, 0));
  const std::size_t before = faulty_->operations();
  ASSERT_TRUE(run(*sink, 1));
  const std::size_t operations = faulty_->operations() - before;
  for (std::size_t i = 1; i <= operations + 1; ++i) {
    const auto batch = static_cast<data::BatchId>(i) + 1;
    faulty_->fail_at(i);
    auto staged = stage(*sink, batch);
    const bool published = staged && sink->publish(*staged);
    faulty_->fail_at(0);
    ASSERT_TRUE(faulty_->lose_unsynced());
    sink = opened();
    const auto head = sink->head();
    ASSERT_TRUE(head);
    ASSERT_TRUE(!published || (*head)->batch == batch) << i;
    const auto publish_now = [&] {
      const Status again = sink->publish(*staged);
      ASSERT_TRUE(again) << i << " " << again.error().message();
    };
    // What the checkpoint has comes first, as in recovery.
    if (staged && (*head)->batch < batch) publish_now();
    ASSERT_TRUE(sink->discard_staged());
    if (!staged) {
      staged = stage(*sink, batch);
      publish_now();
    }
    ASSERT_EQ(data_files().size(), static_cast<std::size_t>(batch + 1) * 3) << i;
    for (const std::string& name : data_files()) {
      ASSERT_GT(files_->stat(folder_.at("out/" + name))->bytes, 0U) << i << " " << name;
    }
  }
}

/// Killed after it had written its manifest, before the folder was synced.
TEST_F(FileSinkTest, WhatAKilledRunLeftIsDurableOnceItIsReliedOn) {
  opened();
  FileSink killed(options_, connector::Context{"p/1", "s", kClock, random_, *files_});
  ASSERT_TRUE(killed.open(schema_, OutputMode::kAppend));
  ASSERT_TRUE(run(killed, 0));
  faulty_->trust_content(options_.path);
  ASSERT_TRUE(faulty_->sync(options_.path));  // the data file, before its manifest
  ASSERT_EQ((*opened()->head())->batch, 0);
  ASSERT_TRUE(faulty_->lose_unsynced());
  const auto head = opened()->head();
  ASSERT_TRUE(head && *head);
  EXPECT_EQ((*head)->batch, 0);
}

/// The folder could not be synced after the manifest had been written.
TEST_F(FileSinkTest, PublishingAgainMakesDurable) {
  const auto sink = opened();
  const auto staged = stage(*sink, 0);
  FileSink same(options_, connector::Context{"p/1", "s", kClock, random_, *files_});
  ASSERT_TRUE(same.open(schema_, OutputMode::kAppend));
  ASSERT_TRUE(same.publish(*staged));
  faulty_->trust_content(options_.path);
  ASSERT_TRUE(faulty_->sync(options_.path));
  ASSERT_TRUE(sink->publish(*staged));
  ASSERT_TRUE(faulty_->lose_unsynced());
  const auto head = opened()->head();
  ASSERT_TRUE(head && *head);
  EXPECT_EQ((*head)->batch, 0);
}

}  // namespace
}  // namespace sluice::connectors
