#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

/// ViewPlan::before: what the result had before a batch.
class RowsBefore : public PlanTest {
 protected:
  void start_for(const std::vector<std::string>& views, const std::string& from) {
    sinks_ = {{"s", from, connector::OutputMode::kUpdate, true}};
    start(views);
    for (const ViewPlan& view : plan_.views) {
      if (view.before.empty()) continue;
      must("CREATE OR REPLACE TEMP VIEW " + data::quote_identifier(before_name(view.name)) +
           " AS " + view.before);
    }
  }

  void add(const std::string& k, int i) {
    batch("SELECT '" + k + "', " + std::to_string(i) + ", NULL, NULL, NULL, NULL");
  }

  void end_batch() {
    for (const ViewPlan& view : plan_.views) {
      for (const std::string& statement : view.evict) must(statement);
    }
  }

  std::string before(const std::string& name) { return rows(view(name).before); }
};

constexpr char kTotals[] = "SELECT k, sum(i) AS n FROM events GROUP BY k";

TEST_F(RowsBefore, OfAnAggregateAreThoseOfTheBatchsKeys) {
  start_for({kTotals}, "v");
  add("a", 1);
  EXPECT_EQ(before("v"), "");
  add("b", 2);
  EXPECT_EQ(before("v"), "");
  add("a", 5);
  EXPECT_EQ(before("v"), "a|1\n");
  EXPECT_EQ(update("v"), "a|6\n");
}

TEST_F(RowsBefore, FollowHaving) {
  start_for({std::string(kTotals) + " HAVING sum(i) > 3"}, "v");
  add("a", 4);
  add("a", -4);
  EXPECT_EQ(before("v"), "a|4\n");
  EXPECT_EQ(update("v"), "");
  add("a", 1);
  EXPECT_EQ(before("v"), "");
}

TEST_F(RowsBefore, GoThroughViewsRowByRow) {
  start_for({kTotals, "SELECT k, n FROM v WHERE n > 3", "SELECT upper(k) AS k, n FROM w"}, "x");
  add("a", 4);
  add("a", -4);
  EXPECT_EQ(before("x"), "A|4\n");
  EXPECT_EQ(rows("SELECT * FROM x"), "");
}

TEST_F(RowsBefore, OfAViewOverAResultAreThoseThatItHasNoMore) {
  start_for({kTotals, "SELECT k, n FROM v ORDER BY n DESC LIMIT 1"}, "w");
  add("a", 4);
  end_batch();
  add("b", 5);
  EXPECT_EQ(before("w"), "a|4\n");
  EXPECT_EQ(update("w"), "b|5\n");
}

TEST_F(RowsBefore, AnAggregateOverChangedRowsCountsEachKeyOnce) {
  start_for({kTotals, "SELECT k, n FROM v WHERE n > 0",
             "SELECT n % 2 AS odd, count(*) AS c FROM w GROUP BY 1"},
            "x");
  add("a", 1);
  end_batch();
  add("b", 2);
  end_batch();
  add("a", 2);
  EXPECT_EQ(update("x"), "");
  end_batch();
  add("b", 1);
  EXPECT_EQ(update("x"), "1|2\n");
  EXPECT_EQ(before("x"), "0|1\n1|1\n");
}

TEST_F(RowsBefore, AreNotKeptWhereNoRowCanLeave) {
  const auto before_of = [this](const std::string& sql, const std::string& key) {
    sinks_ = {{"s", "v", connector::OutputMode::kUpdate, true, {key}}};
    auto made = plan({sql});
    EXPECT_TRUE(made) << made.error().message();
    return made ? made->views[0].before : "";
  };
  EXPECT_EQ(before_of(kTotals, "k"), "");
  EXPECT_EQ(before_of("SELECT upper(k) AS u, sum(i) AS n FROM events GROUP BY u", "U"), "");
  EXPECT_NE(before_of(kTotals, "n"), "");
  EXPECT_NE(before_of(std::string(kTotals) + " HAVING sum(i) > 3", "k"), "");
}

TEST_F(RowsBefore, AreKeptOnlyWhereASinkAsks) {
  sinks_ = {{"s", "v", connector::OutputMode::kUpdate}};
  start({kTotals});
  EXPECT_EQ(view("v").before, "");
  EXPECT_EQ(view("v").create_state.find("__was"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
