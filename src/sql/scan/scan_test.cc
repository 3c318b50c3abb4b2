#include "sql/scan/scan.h"

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "sql/scan/record_batch_fixture.h"

namespace sluice::sql {
namespace {

class ScanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_ = *(*database_)->connect();
    ScanDefinition definition;
    definition.name = "Events";
    for (std::size_t i = 0; i < decoder_.schema().size(); ++i) {
      definition.columns.push_back({decoder_.schema()[i], true, i});
    }
    definition.columns.push_back({{"offset", data::TypeId::kBigint}, false, 0});
    definition.decoder = &decoder_;
    auto scan = Scan::define(*session_, std::move(definition));
    ASSERT_TRUE(scan) << scan.error().message();
    scan_ = *std::move(scan);
  }

  void bind(std::vector<std::string> rows) {
    batch_ = std::make_unique<TextBatch>(std::move(rows));
    scan_->bind(batch_.get());
  }

  /// Rows i with the value i, text "t<i>" and a list of i % 4 numbers; every `bad`th is not
  /// decodable.
  void bind_many(std::size_t count, std::size_t bad) {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < count; ++i) {
      std::string row = (bad != 0 && i % bad == 0 ? "x" : std::to_string(i)) + "|a longer text " +
                        std::to_string(i) + "|";
      for (std::size_t k = 0; k < i % 4; ++k) row += (k > 0 ? "," : "") + std::to_string(k);
      rows.push_back(std::move(row));
    }
    bind(std::move(rows));
  }

  std::string text(const std::string& sql) {
    auto value = session_->value(sql);
    if (!value) return "error: " + value.error().message();
    return value->value_or("NULL");
  }

  std::unique_ptr<TextBatch> batch_;
  BarDecoder decoder_;
  Result<std::unique_ptr<Database>> database_ = open_database("", {.threads = 4});
  std::unique_ptr<Session> session_;
  std::unique_ptr<Scan> scan_;
};

TEST_F(ScanTest, WithoutBatchHasNoRows) { EXPECT_EQ(text("SELECT count(*) FROM events"), "0"); }

TEST_F(ScanTest, GivesDecodedAndOwnColumns) {
  bind({"1|short|1,2", "2||", "3|longer than twelve bytes|,7"});
  auto rows = session_->query("SELECT * FROM events");
  ASSERT_TRUE(rows) << rows.error().message();
  using Row = std::vector<std::optional<std::string>>;
  EXPECT_EQ(rows->values[0], (Row{"1", "short", "[1, 2]", "{1, short}", "1000"}));
  EXPECT_EQ(rows->values[1], (Row{"2", std::nullopt, "[]", std::nullopt, "1001"}));
  EXPECT_EQ(rows->values[2], (Row{"3", "longer than twelve bytes", "[NULL, 7]",
                                  "{3, longer than twelve bytes}", "1002"}));
}

TEST_F(ScanTest, ManyRowsOnManyThreads) {
  bind_many(100'000, 0);
  EXPECT_EQ(text("SELECT sum(a) FROM events"), "4999950000");
  EXPECT_EQ(text("SELECT sum(len(c)) FROM events"), "150000");
  EXPECT_EQ(text("SELECT count(DISTINCT b) FROM events WHERE b = 'a longer text ' || a"), "100000");
  EXPECT_EQ(text("SELECT sum(\"offset\" - a) FROM events"), "100000000");
}

TEST_F(ScanTest, CountDecodesAndFindsRejects) {
  bind_many(10'000, 10);
  EXPECT_EQ(text("SELECT count(*) FROM events"), "9000");
  EXPECT_EQ(scan_->outcome().rows_rejected, 1000U);
}

TEST_F(ScanTest, TellsHowLongItDecoded) {
  bind_many(50'000, 0);
  EXPECT_EQ(scan_->decode_time().count(), 0);
  EXPECT_EQ(text("SELECT count(a) FROM events"), "50000");
  const auto once = scan_->decode_time();
  EXPECT_GT(once.count(), 0);
  EXPECT_EQ(text("SELECT count(a) FROM events"), "50000");
  EXPECT_GT(scan_->decode_time(), once) << "each query decodes";
  bind({"1||"});
  EXPECT_EQ(scan_->decode_time().count(), 0);
}

TEST_F(ScanTest, RejectsComeOnceHoweverManyScans) {
  bind_many(50'000, 3);
  EXPECT_EQ(text("SELECT sum(a) - sum(n) FROM (SELECT a, 0 AS n FROM events UNION ALL SELECT 0, a "
                 "FROM events)"),
            "0");
  EXPECT_EQ(text("SELECT max(b) IS NULL FROM events"), "false");
  const ScanOutcome outcome = scan_->outcome();
  ASSERT_EQ(outcome.rejects.size(), 16667U);
  for (std::size_t i = 0; i < outcome.rejects.size(); ++i) {
    ASSERT_EQ(outcome.rejects[i].row, 3 * i);
  }
}

TEST_F(ScanTest, ChunkOfRejectsOnlyDoesNotEndTheScan) {
  std::vector<std::string> rows(20'000, "bad||");
  rows.emplace_back("7||");
  bind(std::move(rows));
  EXPECT_EQ(text("SELECT a FROM events"), "7");
  EXPECT_EQ(scan_->outcome().rows_rejected, 20'000U);
}

TEST_F(ScanTest, ScansOfDifferentColumnsAgreeTheSecondTime) {
  const auto run = [this] {
    bind({"1|x|7", "2|y|bad", "3|z|8"});
    return text(
        "SELECT count(a) || '/' || count(c) FROM (SELECT a, NULL AS c FROM events UNION "
        "ALL SELECT NULL, c FROM events)");
  };
  EXPECT_EQ(run(), "3/2");
  const Result<bool> first = scan_->agree();
  ASSERT_TRUE(first);
  EXPECT_FALSE(*first);
  EXPECT_EQ(run(), "2/2");
  const Result<bool> second = scan_->agree();
  ASSERT_TRUE(second);
  EXPECT_TRUE(*second);
  EXPECT_EQ(scan_->outcome().rows_rejected, 1U);
}

TEST_F(ScanTest, OneScanJudgesByItsOwnColumns) {
  bind({"1|x|7", "2|y|bad"});
  EXPECT_EQ(text("SELECT count(a) FROM events"), "2");
  EXPECT_TRUE(*scan_->agree());
  EXPECT_EQ(scan_->outcome().rows_rejected, 0U);
}

TEST_F(ScanTest, WhatIsReadAsideRejectsNothing) {
  bind({"1|x|7", "2|y|bad", "3|z|8"});
  EXPECT_EQ(text("SELECT count(a) FROM events"), "3");
  scan_->set_aside(true);
  EXPECT_EQ(text("SELECT count(c) FROM events"), "2");
  scan_->set_aside(false);
  EXPECT_TRUE(*scan_->agree());
  EXPECT_EQ(scan_->outcome().rows_rejected, 0U);
  EXPECT_EQ(text("SELECT count(a) FROM events"), "3");
}

TEST_F(ScanTest, DifferentColumnsOfGoodRecordsAgree) {
  bind({"1|x|7"});
  EXPECT_EQ(text("SELECT count(a) FROM events"), "1");
  EXPECT_EQ(text("SELECT count(c) FROM events"), "1");
  EXPECT_TRUE(*scan_->agree());
}

TEST_F(ScanTest, RecordsThatNoScanCameToAreJudged) {
  bind({"1|x|", "x||", "3|z|bad"});
  EXPECT_EQ(text("SELECT count(*) FROM (SELECT a FROM events) JOIN (SELECT 1 AS a WHERE false) "
                 "USING (a)"),
            "0");
  EXPECT_TRUE(*scan_->agree());
  EXPECT_EQ(scan_->outcome().rows_rejected, 1U);
}

TEST_F(ScanTest, RecordsBehindALimitAreJudged) {
  bind_many(100'000, 1000);
  EXPECT_EQ(text("SELECT count(*) FROM (SELECT a FROM events LIMIT 5)"), "5");
  EXPECT_TRUE(*scan_->agree());
  EXPECT_EQ(scan_->outcome().rows_rejected, 100U);
}

TEST_F(ScanTest, BindForgetsTheBatchBefore) {
  bind({"x||"});
  EXPECT_EQ(text("SELECT count(*) FROM events"), "0");
  bind({"1||"});
  EXPECT_EQ(text("SELECT count(*) FROM events"), "1");
  EXPECT_EQ(scan_->outcome().rows_rejected, 0U);
}

TEST_F(ScanTest, TableKeepsTheTextsAfterTheBatchIsGone) {
  bind_many(5000, 0);
  ASSERT_TRUE(session_->execute("CREATE TEMP TABLE kept AS SELECT * FROM events"));
  bind({});
  EXPECT_EQ(text("SELECT count(*) FROM kept WHERE b = 'a longer text ' || a AND d.t = b"), "5000");
}

// DuckDB gives such a scan one thread; it does not decode alone.
TEST_F(ScanTest, OrderIsThatOfTheRecordsWhichManyThreadsDecode) {
  constexpr int kAttempts = 50;  // a busy machine may let one thread do it all
  int threads = 0;
  for (int i = 0; i < kAttempts && threads < 2; ++i) {
    bind_many(100'000, 7);
    const int before = decoder_.readers();
    ASSERT_TRUE(session_->execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM events"));
    threads = decoder_.readers() - before;
    EXPECT_EQ(text("SELECT count(*) FROM kept WHERE a = rowid + 1 + rowid // 6 AND d.n = a AND "
                   "\"offset\" = 1000 + a AND b = 'a longer text ' || a AND d.t = b AND "
                   "c = range(a % 4)"),
              "85714");
    EXPECT_TRUE(*scan_->agree());
    EXPECT_EQ(scan_->outcome().rows_rejected, 14286U);
  }
  EXPECT_GE(threads, 2);
}

TEST_F(ScanTest, WhatWasDecodedAheadMayBeLeft) {
  bind_many(200'000, 1000);
  ASSERT_TRUE(
      session_->execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT a FROM events LIMIT 30000"));
  EXPECT_EQ(text("SELECT count(*) || '/' || max(a) FROM kept"), "30000/30030");
  EXPECT_TRUE(*scan_->agree());
  EXPECT_EQ(scan_->outcome().rows_rejected, 200U);
}

TEST_F(ScanTest, RunsOfRejectsAreDecodedAheadToo) {
  std::vector<std::string> rows(100'000, "bad||");
  rows.emplace_back("7||");
  bind(std::move(rows));
  ASSERT_TRUE(session_->execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT a FROM events"));
  EXPECT_EQ(text("SELECT count(*) || '/' || max(a) FROM kept"), "1/7");
  EXPECT_EQ(scan_->outcome().rows_rejected, 100'000U);
}

TEST_F(ScanTest, AnExceptionOfAnyThreadEndsTheQuery) {
  // Often, as chance decides which thread comes to it.
  for (std::size_t bad = 50; bad < 100'000; bad += 4500) {
    std::vector<std::string> rows(100'000, "1||");
    rows[bad] = "!";
    bind(std::move(rows));
    const Status made =
        session_->execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT a FROM events");
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message().find("record " + std::to_string(bad)), std::string::npos)
        << made.error().message();
  }
}

TEST_F(ScanTest, ViewGoesWithTheScan) {
  scan_.reset();
  EXPECT_TRUE(text("SELECT count(*) FROM events").starts_with("error"));
}

TEST_F(ScanTest, SelfJoinScansTwice) {
  bind_many(3000, 0);
  EXPECT_EQ(text("SELECT count(*) FROM events x JOIN events y ON x.a = y.a"), "3000");
}

TEST_F(ScanTest, NestedListsSpanManyChunks) {
  std::vector<std::string> rows;
  std::string list;
  for (int i = 0; i < 5000; ++i) list += (i > 0 ? "," : "") + std::to_string(i);
  for (int i = 0; i < 10; ++i) rows.push_back(std::to_string(i) + "|x|" + list);
  bind(std::move(rows));
  EXPECT_EQ(text("SELECT sum(u) FROM (SELECT unnest(c) AS u FROM events)"), "124975000");
}

}  // namespace
}  // namespace sluice::sql
