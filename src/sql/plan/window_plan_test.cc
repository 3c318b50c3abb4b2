#include <gtest/gtest.h>

#include "sql/plan/plan.h"
#include "sql/plan/plan_fixture.h"
#include "sql/tree/window_words.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

TEST(WindowWords, AreMarkedWhereTheyAreNames) {
  EXPECT_EQ(mark_window_words("SELECT window(t, 'window') AS Window FROM \"window\" -- window"),
            "SELECT w1ndow(t, 'window') AS w1ndow FROM \"window\" -- window");
  EXPECT_EQ(mark_window_words("SELECT sum(x) OVER w FROM t WINDOW w AS (ORDER BY x)"),
            "SELECT sum(x) OVER w FROM t WINDOW w AS (ORDER BY x)");
  EXPECT_EQ(mark_window_words("SELECT session_window(t, '1s'), $$window$$ /* window */"),
            "SELECT session_window(t, '1s'), $$window$$ /* window */");
}

class WindowPlanTest : public PlanTest {
 protected:
  void SetUp() override {
    PlanTest::SetUp();
    event_time_ = "t";
    sinks_ = {{"out", "v", OutputMode::kAppend}};
  }

  void start_with(const std::vector<std::string>& views, OutputMode mode) {
    sinks_[0].mode = mode;
    sinks_[0].from = std::string(1, static_cast<char>('v' + views.size() - 1));
    start(views);
  }

  /// One batch of events of key 'a' at these seconds, under these watermarks (seconds).
  void seconds(const std::string& list, int late, int watermark) {
    must("SET VARIABLE sluice_late = " + std::to_string(late) + "000000::BIGINT");
    must("SET VARIABLE sluice_watermark = " + std::to_string(watermark) + "000000::BIGINT");
    batch("SELECT 'a', 1, 1, 1, make_timestamp(unnest([" + list + "]::BIGINT[]) * 1000000), NULL");
  }
  std::string appended(const std::string& name) {
    return rows(view(name).rows(OutputMode::kAppend));
  }
  void evict() {
    for (const ViewPlan& view : plan_.views) {
      for (const std::string& statement : view.evict) must(statement);
    }
  }
};

TEST_F(WindowPlanTest, TumblingWindowsAreGivenOnceWhenTheyAreFinal) {
  start_with({"SELECT epoch(window.start) AS s, count(*) AS n FROM events "
              "GROUP BY window(t, '10 seconds')"},
             OutputMode::kAppend);
  seconds("1, 9, 10", 0, 0);
  EXPECT_EQ(appended("v"), "");
  seconds("25, 5", 0, 15);
  EXPECT_EQ(appended("v"), "0.0|3\n");
  evict();
  EXPECT_EQ(complete("v"), "10.0|1\n20.0|1\n");
}

TEST_F(WindowPlanTest, RowsOfFinalWindowsAreLate) {
  start_with({"SELECT count(*) AS n FROM events GROUP BY window(t, '10 seconds')"},
             OutputMode::kUpdate);
  seconds("5, 12, 20", 10, 12);
  EXPECT_EQ(rows("SELECT sum(__rows) FROM temp.__partial_v"), "2\n");
  EXPECT_EQ(update("v"), "1\n1\n");
}

TEST_F(WindowPlanTest, WholeResultsKeepLateRows) {
  start_with({"SELECT count(*) AS n FROM events GROUP BY window(t, '10 seconds')"},
             OutputMode::kComplete);
  seconds("5", 10, 12);
  evict();
  EXPECT_EQ(complete("v"), "1\n");
}

TEST_F(WindowPlanTest, SlidingWindowsHoldARowSeveralTimes) {
  start_with({"SELECT epoch(window.start) AS s, epoch(window.end) AS e, count(*) AS n FROM events "
              "GROUP BY window(t, '10 seconds', '5 seconds')"},
             OutputMode::kComplete);
  seconds("1, 9", 0, 0);
  EXPECT_EQ(complete("v"), "-5.0|5.0|1\n0.0|10.0|2\n5.0|15.0|1\n");
}

TEST_F(WindowPlanTest, SlidesNeedNotDivideTheSize) {
  start_with({"SELECT epoch(window.start) AS s, count(*) AS n FROM events "
              "GROUP BY window(t, '10 seconds', '4 seconds')"},
             OutputMode::kComplete);
  seconds("11", 0, 0);
  EXPECT_EQ(complete("v"), "4.0|1\n8.0|1\n");
}

TEST_F(WindowPlanTest, OffsetsAndRowsWithoutTime) {
  start_with({"SELECT epoch(window.start) AS s, count(*) AS n FROM events "
              "GROUP BY window(t, '10 seconds', '10 seconds', '3 seconds')"},
             OutputMode::kComplete);
  seconds("1, NULL", 0, 0);
  EXPECT_EQ(complete("v"), "-7.0|1\n");
}

TEST_F(WindowPlanTest, WindowIsAColumnOfTheResult) {
  start_with({"SELECT window(t, '10 seconds'), count(*) AS n FROM events GROUP BY ALL"},
             OutputMode::kUpdate);
  EXPECT_EQ(view("v").schema[0].name, "window");
  EXPECT_EQ(view("v").schema[0].type.to_string(), "STRUCT(start TIMESTAMP, \"end\" TIMESTAMP)");
}

TEST_F(WindowPlanTest, BucketsAndTruncatedTimesAreWindowsToo) {
  for (const char* key : {"time_bucket(INTERVAL 10 SECOND, t)", "date_trunc('minute', e.t)", "t"}) {
    start_with({std::string("SELECT ") + key + " AS b, count(*) AS n FROM events e GROUP BY b"},
               OutputMode::kAppend);
    EXPECT_TRUE(check_mode(view("v"), OutputMode::kAppend)) << key;
  }
}

TEST_F(WindowPlanTest, EventTimeGoesThroughViews) {
  start_with({"SELECT k, t AS happened, i FROM events WHERE i > 0", "SELECT * EXCLUDE (i) FROM v",
              "SELECT count(*) AS n FROM w GROUP BY window(happened, '1 minute')"},
             OutputMode::kAppend);
  EXPECT_TRUE(check_mode(view("x"), OutputMode::kAppend));
}

TEST_F(WindowPlanTest, OtherTimesThanTheEventsMakeNothingFinal) {
  start_with({"SELECT k, t + INTERVAL 1 HOUR AS t FROM events",
              "SELECT count(*) AS n FROM v GROUP BY window(t, '1 minute')"},
             OutputMode::kComplete);
  EXPECT_FALSE(check_mode(view("w"), OutputMode::kAppend));
}

TEST_F(WindowPlanTest, WindowsOfWindows) {
  start_with({"SELECT window(t, '10 seconds') AS window, k, count(*) AS n FROM events GROUP BY ALL",
              "SELECT epoch(window.start) AS s, count(*) AS n FROM v "
              "GROUP BY window(window_time(window), '20 seconds')"},
             OutputMode::kAppend);
  seconds("1, 9, 10", 0, 0);
  seconds("25", 0, 0);
  evict();
  seconds("14", 0, 15);
  EXPECT_EQ(appended("w"), "");
  evict();
  seconds("46", 15, 35);
  EXPECT_EQ(appended("w"), "0.0|2\n");
}

TEST_F(WindowPlanTest, FinalRowsAreAStreamForViewsOnTop) {
  start_with({"SELECT window(t, '10 seconds') AS window, count(*) AS n FROM events GROUP BY ALL",
              "SELECT n * 10 AS tens FROM v WHERE n > 1"},
             OutputMode::kAppend);
  EXPECT_EQ(view("w").kind, ViewKind::kStateless);
  seconds("1, 9, 10", 0, 0);
  seconds("40", 0, 30);
  EXPECT_EQ(appended("w"), "20\n");
}

TEST_F(WindowPlanTest, ChangedRowsAreAStreamForViewsOnTop) {
  start_with({"SELECT k, count(*) AS n FROM events GROUP BY k", "SELECT n FROM v WHERE n > 1"},
             OutputMode::kUpdate);
  seconds("1", 0, 0);
  EXPECT_EQ(rows(view("w").rows(OutputMode::kUpdate)), "");
  seconds("2", 0, 0);
  EXPECT_EQ(rows(view("w").rows(OutputMode::kUpdate)), "2\n");
}

TEST_F(WindowPlanTest, SessionsThatTouchBecomeOne) {
  start_with({"SELECT epoch(session_window.start) AS s, epoch(session_window.end) AS e, "
              "k, sum(i) AS i, min(t) AS first, avg(f) AS f FROM events "
              "GROUP BY session_window(t, '5 seconds'), k"},
             OutputMode::kComplete);
  seconds("2, 10", 0, 0);
  EXPECT_EQ(complete("v"),
            "2.0|7.0|a|1|1970-01-01 00:00:02|1.0\n10.0|15.0|a|1|1970-01-01 00:00:10|1.0\n");
  seconds("6", 0, 0);
  EXPECT_EQ(complete("v"), "2.0|15.0|a|3|1970-01-01 00:00:02|1.0\n");
  seconds("15", 0, 0);
  EXPECT_EQ(complete("v"), "2.0|20.0|a|4|1970-01-01 00:00:02|1.0\n");
}

TEST_F(WindowPlanTest, SessionsAreGivenOnceWhenTheyAreFinal) {
  start_with({"SELECT session_window(t, '5 seconds') AS w, count(*) AS n FROM events GROUP BY 1"},
             OutputMode::kAppend);
  seconds("2, 3", 0, 0);
  seconds("50, NULL", 0, 0);
  seconds("60", 0, 40);
  EXPECT_EQ(rows("SELECT n FROM (" + view("v").rows(OutputMode::kAppend) + ")"), "2\n");
  evict();
  seconds("4, 57", 40, 50);
  EXPECT_EQ(rows("SELECT sum(__rows) FROM temp.__partial_v"), "1\n");
  EXPECT_FALSE(check_mode(view("v"), OutputMode::kUpdate));
}

TEST_F(WindowPlanTest, GapsOfSessionsMayDependOnTheRow) {
  start_with({"SELECT epoch(session_window.end) AS e, count(*) AS n FROM events GROUP BY "
              "session_window(t, CASE WHEN epoch(t) < 5 THEN '1 second' ELSE '10 seconds' END)"},
             OutputMode::kComplete);
  seconds("1, 3, 8, 17", 0, 0);
  EXPECT_EQ(complete("v"), "2.0|1\n4.0|1\n27.0|2\n");
}

TEST_F(WindowPlanTest, ConditionsOfTheUserStay) {
  start_with(
      {"SELECT count(*) AS n FROM events WHERE i > 0 AND f > 0 GROUP BY window(t, '7 seconds', "
       "'3 seconds')"},
      OutputMode::kComplete);
  seconds("1", 0, 0);
  EXPECT_EQ(complete("v"), "1\n1\n");
}

TEST_F(WindowPlanTest, UpdateOverAResultGivesWhatIsNew) {
  start_with({"SELECT k, i % 2 AS m, count(*) AS n FROM events GROUP BY ALL",
              "SELECT k, max(n) AS most FROM v GROUP BY k"},
             OutputMode::kUpdate);
  batch("SELECT unnest(['a', 'b']), 1, 1, 1, NULL, NULL");
  EXPECT_EQ(update("w"), "a|1\nb|1\n");
  evict();
  batch("SELECT 'b', 1, 1, 1, NULL, NULL");
  EXPECT_EQ(update("w"), "b|2\n");
}

TEST_F(WindowPlanTest, ColumnsMayHaveTheNamesThatMergesUse) {
  for (const char* window : {"session_window", "window"}) {
    must("DROP TABLE IF EXISTS state.v");
    start_with({std::string("SELECT ") + window + "(t, '5 seconds') AS s, k AS p, count(*) AS n, " +
                "first(i) AS f FROM events GROUP BY ALL"},
               OutputMode::kComplete);
    seconds("1", 0, 0);
    seconds("2", 0, 0);
    EXPECT_EQ(rows("SELECT p, n, f FROM (" + view("v").complete + ")"), "a|2|1\n") << window;
  }
}

TEST_F(WindowPlanTest, BadWindowsAreRefused) {
  const auto why = [this](const std::string& window) {
    return refusal({"SELECT count(*) FROM events GROUP BY " + window});
  };
  EXPECT_NE(why("window(t)").find("takes a time, a size"), std::string::npos);
  EXPECT_NE(why("window(t, '1 month')").find("no fixed length"), std::string::npos);
  EXPECT_NE(why("window(t, k)").find("not a constant interval"), std::string::npos);
  EXPECT_NE(why("window(t, '5 seconds', '10 seconds')").find("longer than its size"),
            std::string::npos);
  EXPECT_NE(why("window(t, '5 seconds'), window(t, '6 seconds')").find("several different windows"),
            std::string::npos);
  EXPECT_NE(why("window(t, '0 seconds')").find("must be positive"), std::string::npos);
  EXPECT_NE(refusal({"SELECT a.k FROM events a JOIN events b ON window(a.t, '5 seconds') = "
                     "window(b.t, '5 seconds')"})
                .find("a column in a view below"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
