#include "engine/replays.h"

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "engine/replay_folder.h"
#include "io/file_system.h"
#include "sql/scan/record_batch_fixture.h"
#include "support/temporary_folder.h"

namespace sluice::engine {
namespace {

/// A checkpoint, and requests as those write them who ask.
class ReplaysTest : public testing::Test {
 protected:
  ReplaysTest() {
    pipeline_.checkpoint = folder_.path() + "/checkpoint";
    SourcePart source;
    source.name = "orders";
    source.decoder = std::make_unique<sql::BarDecoder>();
    pipeline_.sources.push_back(std::move(source));
    auto opened = state::Checkpoint::open(pipeline_.checkpoint, "test", *files_, {});
    EXPECT_TRUE(opened) << opened.error().message();
    checkpoint_ = *std::move(opened);
    replays_ = make();
    EXPECT_TRUE(replays_->open());
  }

  std::unique_ptr<Replays> make() {
    return std::make_unique<Replays>(
        pipeline_, *checkpoint_, *files_,
        [this](const std::string& name) { return !asleep_.contains(name); });
  }

  std::string path(const std::string& name) const {
    return io::join_path(replay_folder(pipeline_.checkpoint), name);
  }

  /// Asks for letters `ids`, of which each has its id as its value.
  void ask(const std::string& name, const std::vector<std::string>& ids, bool again = false) {
    std::string values;
    for (const std::string& id : ids) values += (values.empty() ? "('" : ", ('") + id + "')";
    const auto written = checkpoint_->session().execute(
        "COPY (SELECT id AS letter, 'orders' AS source, " + std::string(again ? "true" : "false") +
        " AS again, CAST(1 AS BIGINT) AS asked, CAST(0 AS BIGINT) AS of_batch, 't' AS origin, "
        "CAST(0 AS INTEGER) AS \"partition\", CAST(7 AS BIGINT) AS \"offset\", CAST(NULL AS "
        "BIGINT) "
        "AS element, CAST(NULL AS BIGINT) AS \"timestamp\", CAST('k' AS BLOB) AS \"key\", CAST(id "
        "AS "
        "BLOB) AS \"value\", CAST(4 AS BIGINT) AS size FROM (VALUES " +
        values + ") AS w(id)) TO '" + path(name) + "' (FORMAT parquet)");
    ASSERT_TRUE(written) << written.error().message();
  }

  void take_back(const std::string& name, const std::string& id, int asked) {
    ASSERT_TRUE(checkpoint_->session().execute(
        "COPY (SELECT '" + id + "' AS letter, CAST(" + std::to_string(asked) +
        " AS BIGINT) AS asked) TO '" + path(name) + "' (FORMAT parquet)"));
  }

  std::vector<std::string> next(bool all = false) {
    auto letters = replays_->next(all);
    EXPECT_TRUE(letters) << letters.error().message();
    std::vector<std::string> values;
    for (const ReplayedLetter& letter : (*letters)["orders"]) {
      EXPECT_EQ(letter.origin.key, "k");
      values.push_back(letter.value.value_or("NULL"));
    }
    return values;
  }

  void replay_all(data::BatchId batch, bool commits = true) {
    auto letters = replays_->next(/*all=*/true);
    ASSERT_TRUE(letters);
    ASSERT_TRUE(checkpoint_->begin());
    ASSERT_TRUE(replays_->mark(*letters, batch));
    if (commits) {
      ASSERT_TRUE(checkpoint_->commit());
      replays_->note();
    } else {
      checkpoint_->rollback();
    }
  }

  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  Pipeline pipeline_;
  std::unique_ptr<state::Checkpoint> checkpoint_;
  std::unique_ptr<Replays> replays_;
  std::set<std::string> asleep_;  ///< sources that reach no sink
};

using Values = std::vector<std::string>;

TEST_F(ReplaysTest, WaitUntilABatchHasThem) {
  ask("a.request", {"0-a", "0-b"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), (Values{"0-a", "0-b"}));
  EXPECT_EQ(next(), (Values{"0-a", "0-b"}));
  replay_all(3);
  EXPECT_EQ(next(), Values{});
  EXPECT_EQ(replays_->waiting(), 0);
}

TEST_F(ReplaysTest, StayWhenTheBatchIsTakenBack) {
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  replay_all(3, /*commits=*/false);
  EXPECT_EQ(next(), Values{"0-a"});
}

TEST_F(ReplaysTest, AreTakenOnceUnlessAskedForAgain) {
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  ask("b.request", {"0-a"});
  ask("c.request", {"0-a"}, /*again=*/true);
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-a"});
  replay_all(3);
  ask("d.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{});
  ask("e.request", {"0-a"}, /*again=*/true);
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-a"});
}

TEST_F(ReplaysTest, OfOneRecordGoIntoBatchesOfTheirOwn) {
  ask("a.request", {"0-a", "1-a", "1-b"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(/*all=*/true).size(), 2U);
  replay_all(3);
  EXPECT_EQ(next().size(), 1U);
}

TEST_F(ReplaysTest, ARequestThatIsBrokenIsPutAside) {
  ASSERT_TRUE(files_->write_atomic(path("a.request"), "PAR1 and no more"));
  ask("b.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-a"});
  EXPECT_TRUE(files_->find(path("a.request.broken"))->has_value());
}

TEST_F(ReplaysTest, AreMarkedAnewAtTheStart) {
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  replay_all(3);
  ASSERT_TRUE(files_->remove(path("marks.parquet")));
  ASSERT_TRUE(make()->open());
  const auto marks = checkpoint_->session().value(
      "SELECT letter || ' ' || batch FROM read_parquet('" + path("marks.parquet") + "')");
  ASSERT_TRUE(marks) << marks.error().message();
  EXPECT_EQ(*marks, "0-a 3");
}

TEST_F(ReplaysTest, WaitAsLongAsTheirSourceReachesNoSink) {
  asleep_ = {"orders"};
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{});
  asleep_.clear();
  EXPECT_EQ(next(), Values{"0-a"});
}

TEST_F(ReplaysTest, AreThoseOfASourceThatHasAnotherNameNow) {
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  pipeline_.sources[0].renamed_from = "orders";
  pipeline_.sources[0].name = "sales";
  auto letters = replays_->next(/*all=*/false);
  ASSERT_TRUE(letters);
  EXPECT_EQ((*letters)["sales"].size(), 1U);
}

TEST_F(ReplaysTest, AreTakenBackBeforeAndAfterTheyAreInTheQueue) {
  ask("a.request", {"0-a", "0-b"});
  take_back("a.cancel", "0-a", 1);
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-b"});
  take_back("b.cancel", "0-b", 1);
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{});
  EXPECT_FALSE(files_->find(path("b.cancel"))->has_value());
}

TEST_F(ReplaysTest, ThatAreAskedForAfterTheyWereTakenBackAreReplayed) {
  take_back("a.cancel", "0-a", 0);
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-a"});
}

TEST_F(ReplaysTest, ARequestWithOtherColumnsIsPutAside) {
  ASSERT_TRUE(checkpoint_->session().execute("COPY (SELECT 'x' AS letter) TO '" +
                                             path("a.request") + "' (FORMAT parquet)"));
  ASSERT_TRUE(files_->write_atomic(path("a.cancel"), "PAR1 and no more"));
  ASSERT_TRUE(replays_->take_in());
  EXPECT_TRUE(files_->find(path("a.request.broken"))->has_value());
  EXPECT_TRUE(files_->find(path("a.cancel.broken"))->has_value());
}

TEST_F(ReplaysTest, AFolderThatCannotBeReadIsNoEndOfTheRun) {
  std::filesystem::remove_all(replay_folder(pipeline_.checkpoint));
  ASSERT_TRUE(files_->write_atomic(replay_folder(pipeline_.checkpoint), "a file"));
  EXPECT_TRUE(replays_->take_in());
}

TEST_F(ReplaysTest, RequestsOfAForgottenSourceAreGone) {
  ask("a.request", {"0-a"});
  ASSERT_TRUE(forget_requests(*checkpoint_, *files_, pipeline_.checkpoint, "orders"));
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{});
}

/// Folders that are called key=value are no columns.
TEST_F(ReplaysTest, ACheckpointMayLieInAFolderThatIsCalledAsAColumn) {
  pipeline_.checkpoint = folder_.path() + "/letter=X/source=y/checkpoint";
  auto opened = state::Checkpoint::open(pipeline_.checkpoint, "test", *files_, {});
  ASSERT_TRUE(opened) << opened.error().message();
  checkpoint_ = *std::move(opened);
  replays_ = make();
  ASSERT_TRUE(replays_->open());
  ask("a.request", {"0-a"});
  ASSERT_TRUE(replays_->take_in());
  EXPECT_EQ(next(), Values{"0-a"});
}

}  // namespace
}  // namespace sluice::engine
