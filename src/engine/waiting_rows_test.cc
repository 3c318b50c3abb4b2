#include "engine/waiting_rows.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "support/shown_rows.h"

namespace sluice::engine {
namespace {

/// One sink `out` of the rows (n BIGINT), and the checkpoint's session.
class WaitingRowsTest : public testing::Test {
 protected:
  WaitingRowsTest() {
    EXPECT_TRUE(session_->execute("CREATE SCHEMA state"));
    SinkPart sink;
    sink.name = "out";
    pipeline_.sinks.push_back(std::move(sink));
  }

  RollPolicy& roll() { return pipeline_.sinks[0].roll; }
  const SinkPart& sink() const { return pipeline_.sinks[0]; }

  /// As a run's start does; the message of its refusal.
  std::string open(const std::string& select = "SELECT 0::BIGINT AS n") {
    auto opened = rows_.open({{"out", select}});
    if (!opened) return opened.error().message();
    waiting_ = *std::move(opened);
    return "";
  }
  /// A batch with the rows from..to-1 at a time.
  void batch(int from, int to, Micros now = 0) {
    const auto added = rows_.add(
        sink(), "SELECT * FROM range(" + std::to_string(from) + ", " + std::to_string(to) + ")",
        now, waiting_["out"]);
    ASSERT_TRUE(added) << added.error().message();
    EXPECT_EQ(*added, to - from);
    EXPECT_TRUE(rows_.record(waiting_));
  }
  bool due(Micros now = 0, bool at_end = false) const { return rows_.due(waiting_, now, at_end); }
  /// The rows go into a file with so many bytes.
  void write(std::uint64_t rows, std::uint64_t bytes) {
    connector::Staged staged;
    staged.rows = rows;
    staged.bytes = bytes;
    EXPECT_TRUE(rows_.forget("out", staged, waiting_["out"]));
    EXPECT_TRUE(rows_.record(waiting_));
  }
  std::string texts() {
    const auto table = rows_.rows("out");
    EXPECT_TRUE(table) << table.error().message();
    std::string all;
    const auto shown = connector::shown_rows(**table);
    EXPECT_TRUE(shown);
    for (const auto& row : *shown) all += row[0].value_or("NULL") + " ";
    return all;
  }

  std::unique_ptr<sql::Database> database_ = *sql::open_database("", {});
  std::unique_ptr<sql::Session> session_ = *database_->connect();
  Pipeline pipeline_;
  WaitingRows rows_{pipeline_, *session_};
  WaitingBySink waiting_;
};

TEST_F(WaitingRowsTest, NothingIsMadeForSinksThatDoNotRoll) {
  EXPECT_EQ(open(), "");
  EXPECT_TRUE(waiting_.empty());
  EXPECT_EQ(*session_->value("SELECT count(*) FROM duckdb_tables()"), "0");
}

TEST_F(WaitingRowsTest, RowsOfSeveralBatchesAreOneTable) {
  roll().rows = 5;
  open();
  batch(0, 3);
  EXPECT_FALSE(due());
  batch(3, 5);
  EXPECT_TRUE(due());
  EXPECT_EQ(texts(), "0 1 2 3 4 ");
  write(5, 100);
  EXPECT_FALSE(due());
  EXPECT_EQ(texts(), "");
}

TEST_F(WaitingRowsTest, TheFirstRowsAgeCounts) {
  roll().every = 10 * kMinute;
  open();
  batch(0, 1, kMinute);
  batch(1, 2, 9 * kMinute);
  EXPECT_FALSE(due(11 * kMinute - 1));
  EXPECT_TRUE(due(11 * kMinute));
  write(2, 100);
  EXPECT_FALSE(due(60 * kMinute));
}

TEST_F(WaitingRowsTest, SizeGoesByTheFileBefore) {
  roll().bytes = 1000;
  open();
  batch(0, 10);
  EXPECT_TRUE(due());  // nothing is known yet
  write(10, 500);      // 50 bytes a row
  batch(0, 19);
  EXPECT_FALSE(due());
  batch(19, 20);
  EXPECT_TRUE(due());
}

TEST_F(WaitingRowsTest, TheEndWritesAll) {
  roll().rows = 1000;
  open();
  EXPECT_FALSE(due(0, true));
  batch(0, 1);
  EXPECT_TRUE(due(0, true));
}

TEST_F(WaitingRowsTest, ARestartGoesOn) {
  roll() = {.rows = 1000, .bytes = 500};
  open();
  write(10, 500);
  batch(0, 2, kMinute);
  EXPECT_EQ(open(), "");
  EXPECT_EQ(waiting_["out"].rows, 2);
  EXPECT_EQ(waiting_["out"].since, kMinute);
  EXPECT_DOUBLE_EQ(waiting_["out"].bytes_per_row, 50);
  batch(2, 3);
  EXPECT_EQ(texts(), "0 1 2 ");
}

TEST_F(WaitingRowsTest, WithoutRollWhatIsLeftIsWrittenAtOnce) {
  roll().rows = 1000;
  open();
  batch(0, 2);
  roll() = {};
  EXPECT_EQ(open(), "");
  EXPECT_TRUE(due());
}

TEST_F(WaitingRowsTest, ASinkThatLeftIsRefused) {
  roll().rows = 1000;
  open();
  batch(0, 2);
  pipeline_.sinks[0].name = "other";
  const auto opened = rows_.open({{"other", "SELECT 0::BIGINT AS n"}});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(),
            "E_ROWS_WAITING: 2 rows wait in the checkpoint for a file of sink 'out', which is no "
            "longer in the pipeline file; put the sink back for one run with --available-now, so "
            "that they get there");
}

TEST_F(WaitingRowsTest, OtherColumnsAreRefusedWhileRowsWait) {
  roll().rows = 1000;
  open();
  batch(0, 2);
  EXPECT_EQ(open("SELECT 'a' AS n"),
            "E_ROWS_WAITING: 2 rows wait in the checkpoint for a file of sink 'out', with the "
            "columns (n BIGINT), which are now (n VARCHAR); run the pipeline as it was once with "
            "--available-now, so that they get there, and then as it is");
  write(2, 100);
  EXPECT_EQ(open("SELECT 'a' AS n"), "");
}

}  // namespace
}  // namespace sluice::engine
