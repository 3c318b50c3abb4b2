#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

class DistinctPlanTest : public PlanTest {
 protected:
  /// As plan(), of one view `v` that the pipeline file deduplicates.
  Result<Plan> plan_deduplicated(const std::string& sql, const std::vector<std::string>& by,
                                 std::optional<std::int64_t> within = std::nullopt) {
    ViewText text{"v", sql, {"p.yaml", 10, 5}};
    text.deduplicate.emplace();
    text.deduplicate->location = {"p.yaml", 11, 5};
    text.deduplicate->within_us = within;
    for (const std::string& name : by) {
      text.deduplicate->by.push_back({name, {"p.yaml", 12, 9}});
    }
    PlanRequest request{{{"events", event_time_, {}}}, {text}, {}};
    for (const SinkText& sink : sinks_) request.sinks.push_back(sink);
    return make_plan(*session_, request);
  }

  void start_deduplicated(const std::string& sql, const std::vector<std::string>& by,
                          std::optional<std::int64_t> within = std::nullopt) {
    auto made = plan_deduplicated(sql, by, within);
    ASSERT_TRUE(made) << made.error().message();
    prepare(*std::move(made));
  }

  /// Seconds after 2024-01-01 of the batch's two watermarks.
  void clock(int now, int before) {
    const auto micros = [](int second) {
      return "epoch_us(TIMESTAMP '2024-01-01') + " + std::to_string(second) + " * 1000000";
    };
    must("SET VARIABLE sluice_watermark = " + micros(now));
    must("SET VARIABLE sluice_late = " + micros(before));
  }

  void evict() {
    for (const std::string& statement : view("v").evict) must(statement);
  }

  /// A row of `events`.
  static std::string row(const std::string& k, int i, int second) {
    return "SELECT '" + k + "', " + std::to_string(i) +
           ", 0, 0, TIMESTAMP '2024-01-01' + INTERVAL " + std::to_string(second) + " SECOND, []";
  }
  static std::string rows_of(const std::vector<std::string>& selects) {
    std::string all;
    for (const std::string& select : selects) all += (all.empty() ? "" : " UNION ALL ") + select;
    return all;
  }

  std::string out() { return rows("FROM v"); }
  std::string state() { return rows("SELECT count(*) FROM state.v"); }
};

TEST_F(DistinctPlanTest, RowsComeOutOnce) {
  start({"SELECT DISTINCT k, i % 10 AS i FROM events"});
  batch(rows_of({row("a", 1, 0), row("a", 11, 0), row("a", 2, 0)}));
  EXPECT_EQ(out(), "a|1\na|2\n");
  batch(rows_of({row("a", 21, 0), row("b", 1, 0)}));
  EXPECT_EQ(out(), "b|1\n");
}

TEST_F(DistinctPlanTest, NullIsAKey) {
  start({"SELECT DISTINCT NULLIF(k, 'a') AS k FROM events"});
  batch(rows_of({row("a", 1, 0), row("a", 2, 0)}));
  EXPECT_EQ(out(), "NULL\n");
  batch(row("a", 3, 0));
  EXPECT_EQ(out(), "");
}

TEST_F(DistinctPlanTest, TheFirstRowInOrderOfArrivalComesOut) {
  start({"SELECT DISTINCT ON (k) k, i FROM events"});
  batch("SELECT 'k' || range % 1000, range::INTEGER, 0, 0, NULL, [] FROM range(100000)");
  EXPECT_EQ(rows("SELECT count(*), max(i), bool_and(k = 'k' || i) FROM v"), "1000|999|true\n");
}

TEST_F(DistinctPlanTest, DistinctOnAnExpressionThatIsNotSelected) {
  start({"SELECT DISTINCT ON (i % 2, upper(k)) i AS n FROM events"});
  batch(rows_of({row("a", 1, 0), row("A", 3, 0), row("a", 2, 0), row("b", 5, 0)}));
  EXPECT_EQ(out(), "1\n2\n5\n");
}

TEST_F(DistinctPlanTest, DistinctOnAnAliasAndAnOrdinal) {
  start({"SELECT DISTINCT ON (half, 2) i // 2 AS half, k FROM events"});
  batch(rows_of({row("a", 2, 0), row("a", 3, 0), row("b", 3, 0)}));
  EXPECT_EQ(out(), "1|a\n1|b\n");
}

TEST_F(DistinctPlanTest, UnionTakesOutWhatRepeats) {
  start(
      {"SELECT k FROM events UNION SELECT DISTINCT upper(k) FROM events UNION SELECT 'z' || k FROM "
       "events"});
  batch(rows_of({row("a", 1, 0), row("A", 1, 0)}));
  EXPECT_EQ(out(), "A\na\nzA\nza\n");
  batch(rows_of({row("a", 1, 0), row("b", 1, 0)}));
  EXPECT_EQ(out(), "B\nb\nzb\n");
}

TEST_F(DistinctPlanTest, UnionByName) {
  start({"SELECT k, i FROM events UNION BY NAME SELECT i, k FROM events"});
  batch(row("a", 1, 0));
  EXPECT_EQ(out(), "a|1\n");
}

TEST_F(DistinctPlanTest, StarOfACommonTableExpression) {
  start({"WITH e AS (SELECT k, i FROM events WHERE i > 0) SELECT DISTINCT * FROM e"});
  batch(rows_of({row("a", 1, 0), row("a", 1, 9), row("b", -1, 0)}));
  EXPECT_EQ(out(), "a|1\n");
}

TEST_F(DistinctPlanTest, EventTimeAmongTheKeysGivesKeysUp) {
  event_time_ = "t";
  start({"SELECT DISTINCT k, t FROM events"});
  clock(0, 0);
  batch(rows_of({row("a", 1, 5), row("b", 1, 20)}));
  evict();
  EXPECT_EQ(state(), "2\n");
  clock(10, 0);
  batch(row("a", 1, 5));
  EXPECT_EQ(out(), "");
  evict();
  EXPECT_EQ(state(), "1\n");
  clock(12, 10);
  batch(rows_of({row("a", 1, 5), row("c", 1, 10), row("d", 1, 11)}));
  EXPECT_EQ(rows("SELECT k FROM v"), "d\n");
}

TEST_F(DistinctPlanTest, LateRowsAreCounted) {
  event_time_ = "t";
  start({"SELECT DISTINCT ON (k) k, t FROM events"});
  clock(10, 10);
  batch(rows_of({row("a", 1, 5), row("a", 1, 15), row("b", 1, 20)}));
  EXPECT_EQ(rows("SELECT k, second(t) FROM v"), "a|15\nb|20\n");
  EXPECT_EQ(view("v").fold[2].counts, Step::Counts::kLate);
}

TEST_F(DistinctPlanTest, WindowAsAKey) {
  event_time_ = "t";
  start({"SELECT DISTINCT window(t, '10 seconds') AS w, k FROM events"});
  clock(10, 0);
  batch(rows_of({row("a", 1, 5), row("a", 1, 6), row("a", 1, 15)}));
  EXPECT_EQ(rows("SELECT second(w.start), k FROM v"), "0|a\n10|a\n");
  evict();
  EXPECT_EQ(state(), "1\n");
}

TEST_F(DistinctPlanTest, WithinRemembersAKeyAfterItsTime) {
  event_time_ = "t";
  start_deduplicated("SELECT k, i, t FROM events", {"K"}, 5'000'000);
  clock(-10, -10);
  batch(rows_of({row("a", 1, 0), row("a", 2, 1)}));
  EXPECT_EQ(rows("SELECT k, i FROM v"), "a|1\n");
  clock(4, 0);
  batch(row("a", 3, 8));
  evict();
  EXPECT_EQ(out(), "");
  clock(5, 4);
  batch(row("a", 4, 9));
  evict();
  EXPECT_EQ(out(), "");
  clock(6, 5);
  batch(row("a", 5, 10));
  EXPECT_EQ(rows("SELECT k, i FROM v"), "a|5\n");
}

TEST_F(DistinctPlanTest, WithinOverAnExpressionAsEventTime) {
  event_time_ = "t + INTERVAL 1 SECOND";
  start_deduplicated("FROM events", {"k"}, 5'000'000);
  clock(0, 0);
  batch(row("a", 1, 0));
  clock(5, 0);
  evict();
  EXPECT_EQ(state(), "1\n");
  clock(6, 0);
  evict();
  EXPECT_EQ(state(), "0\n");
}

TEST_F(DistinctPlanTest, WithoutTimeAKeyIsKeptForEverWithAWarning) {
  start({"SELECT DISTINCT k FROM events"});
  EXPECT_FALSE(view("v").waits_for_watermark);
  EXPECT_NE(view("v").warning.find("keeps every key for ever"), std::string::npos);
  EXPECT_EQ(view("v").modes, (std::set{OutputMode::kAppend, OutputMode::kUpdate}));
}

TEST_F(DistinctPlanTest, AnAggregateOverTheFirstRows) {
  start({"SELECT DISTINCT ON (i) i, k FROM events", "SELECT k, count(*) AS n FROM v GROUP BY k"});
  batch(rows_of({row("a", 1, 0), row("a", 1, 0), row("b", 2, 0)}));
  batch(rows_of({row("a", 1, 0), row("b", 3, 0)}));
  EXPECT_EQ(complete("w"), "a|1\nb|2\n");
}

TEST_F(DistinctPlanTest, DistinctOverAResultIsSqlOverIt) {
  start({"SELECT k, count(*) AS n FROM events GROUP BY k", "SELECT DISTINCT n FROM v"});
  EXPECT_EQ(view("w").kind, ViewKind::kOverResult);
}

TEST_F(DistinctPlanTest, WithinNeedsAnEventTime) {
  auto made = plan_deduplicated("SELECT k FROM events", {"k"}, 1'000'000);
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message().starts_with(
      "p.yaml:11:5: view 'v': deduplicate.within needs to know when a row's event happened"))
      << made.error().message();
}

TEST_F(DistinctPlanTest, ByMustNameAColumn) {
  auto made = plan_deduplicated("SELECT k, i FROM events", {"kk"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(),
            "p.yaml:12:9: view 'v': deduplicate.by names the column 'kk', which the view does not "
            "have; did you mean 'k'?");
}

TEST_F(DistinctPlanTest, DeduplicateOfAnAggregateIsRefused) {
  auto made = plan_deduplicated("SELECT k, count(*) AS n FROM events GROUP BY k", {"k"});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("in a view of its own"), std::string::npos);
}

TEST_F(DistinctPlanTest, FingerprintIsOfTheKeysOnly) {
  const auto fingerprint = [this](const std::string& sql) {
    auto made = plan({sql});
    return made ? made->views[0].origin.meaning : made.error().message();
  };
  const std::string one = fingerprint("SELECT DISTINCT ON (u) upper(k) AS u, i FROM events");
  EXPECT_EQ(one, fingerprint("select distinct on (u) d, upper(k) as u, i + 1 as j from events"));
  EXPECT_NE(one, fingerprint("SELECT DISTINCT ON (u) lower(k) AS u, i FROM events"));
  EXPECT_NE(one, fingerprint("SELECT DISTINCT ON (u) upper(k) AS u, i FROM events WHERE i > 0"));
  EXPECT_NE(fingerprint("SELECT DISTINCT ON (b) k || 'x' AS a, a || 'y' AS b FROM events"),
            fingerprint("SELECT DISTINCT ON (b) k || 'z' AS a, a || 'y' AS b FROM events"));
}

TEST_F(DistinctPlanTest, FingerprintHoldsHowLongKeysAreKept) {
  event_time_ = "t";
  const auto fingerprint = [this](const std::string& sql, std::int64_t within) {
    auto made = plan_deduplicated(sql, {"k"}, within);
    return made ? made->views[0].origin.meaning : made.error().message();
  };
  EXPECT_EQ(fingerprint("SELECT k, t FROM events", 5),
            fingerprint("SELECT i, t, k FROM events", 5));
  EXPECT_NE(fingerprint("SELECT k, t FROM events", 5), fingerprint("SELECT k, t FROM events", 6));
}

}  // namespace
}  // namespace sluice::sql
