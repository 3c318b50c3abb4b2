#include "sql/plan/event_time_plan.h"

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

constexpr char kCounts[] =
    "SELECT window(ts, '10 seconds') AS w, count(*) AS n FROM v GROUP BY window(ts, '10 seconds')";

/// Views over `events` of which the first, v, has a watermark at line 12, column 7.
class EventTimePlanTest : public PlanTest {
 protected:
  Result<Plan> plan_with(const std::string& sql, const std::string& event_time,
                         const std::vector<ViewText>& more = {}) {
    ViewText view{"v", sql, {"p.yaml", 10, 5}};
    view.event_time = event_time;
    view.event_time_location = {"p.yaml", 12, 7};
    view.deduplicate = deduplicate_;
    PlanRequest request{{{"events", event_time_, {}}}, {view}, sinks_};
    request.views.insert(request.views.end(), more.begin(), more.end());
    return make_plan(*session_, request);
  }

  std::string refusal_of(const std::string& sql, const std::string& event_time = "ts",
                         const std::vector<ViewText>& more = {}) {
    auto made = plan_with(sql, event_time, more);
    if (made) return "(planned)";
    EXPECT_EQ(made.error().kind(), Kind::kUser) << made.error().message();
    return made.error().message();
  }

  /// Rows of the batch at v, and the latest event in them.
  std::string latest() { return rows(plan_.latest_event_time.at("v")); }

  std::optional<Deduplicate> deduplicate_;
};

TEST_F(EventTimePlanTest, WindowsOfADecodedTimeBecomeFinal) {
  sinks_ = {{"out", "counts", OutputMode::kAppend}};
  auto made =
      plan_with("SELECT CAST(k AS TIMESTAMP) AS ts FROM events", "ts", {{"counts", kCounts, {}}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->find("counts")->modes.contains(OutputMode::kAppend));
  EXPECT_TRUE(made->find("counts")->waits_for_watermark);
}

TEST_F(EventTimePlanTest, TheLatestIsOfRowsThatReachTheView) {
  auto made = plan_with("SELECT t AS ts FROM events WHERE i < 10 OR i IS NULL", "ts");
  ASSERT_TRUE(made) << made.error().message();
  prepare(*std::move(made));
  batch(
      "SELECT NULL, x, NULL, NULL, make_timestamp(s::BIGINT * 1000000), NULL FROM (VALUES (1, 5), "
      "(2, 7), (50, 900), (NULL, NULL)) AS n(x, s)");
  EXPECT_EQ(latest(), "3|7000000\n");
  batch("SELECT NULL, 50, NULL, NULL, NULL, NULL");
  EXPECT_EQ(latest(), "0|NULL\n");
}

TEST_F(EventTimePlanTest, AnExpressionOverTheViewsColumns) {
  const auto counts =
      "SELECT window(to_timestamp(text, 'yyyy'), '1 hour') AS w, count(*) AS n "
      "FROM v GROUP BY ALL";
  auto made = plan_with("SELECT k AS text FROM events", "to_timestamp(text, 'yyyy')",
                        {{"counts", counts, {}}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->find("counts")->modes.contains(OutputMode::kAppend));
}

TEST_F(EventTimePlanTest, WhatIsNoEventTime) {
  EXPECT_EQ(refusal_of("SELECT t AS ts FROM events", "tss"),
            "p.yaml:12:7: the watermark's column 'tss' of view 'v' does not exist; did you mean "
            "'ts'?");
  EXPECT_NE(refusal_of("SELECT k AS ts FROM events").find("is of type VARCHAR"), std::string::npos);
  EXPECT_NE(refusal_of("SELECT t AS ts FROM events", "max(ts)").find("of each row"),
            std::string::npos);
  EXPECT_NE(refusal_of("SELECT t AS ts FROM events", "(SELECT max(t) FROM events)")
                .find("a subquery over a stream"),
            std::string::npos);
}

TEST_F(EventTimePlanTest, OneWatermarkOnTheWayOfARow) {
  event_time_ = "t";
  EXPECT_EQ(refusal_of("SELECT t AS ts FROM events"),
            "p.yaml:12:7: view 'v': a watermark is not possible since source 'events', which it "
            "reads, has one, and rows have one event time (Spark: redefining watermark is "
            "disallowed); keep one of the two");
  event_time_ = "";
  ViewText again{"again", "SELECT ts FROM below", {}};
  again.event_time = "ts";
  const std::string twice =
      refusal_of("SELECT t AS ts FROM events", "ts", {{"below", "SELECT ts FROM v", {}}, again});
  EXPECT_NE(twice.find("since view 'v', which it reads, has one"), std::string::npos) << twice;
}

TEST_F(EventTimePlanTest, NotOnResults) {
  const std::string of_aggregate = refusal_of("SELECT k, max(t) AS ts FROM events GROUP BY k");
  EXPECT_NE(of_aggregate.find("on the result of an aggregate"), std::string::npos);
  ViewText above{"above", "SELECT ts FROM between WHERE ts IS NOT NULL", {}};
  above.event_time = "ts";
  sinks_ = {{"out", "above", OutputMode::kUpdate}};
  PlanRequest request{{{"events", "", {}}},
                      {{"newest", "SELECT k, max(t) AS ts FROM events GROUP BY k", {}},
                       {"between", "SELECT k, ts FROM newest", {}},
                       above},
                      sinks_};
  const auto made = make_plan(*session_, request);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("on the result of an aggregate"), std::string::npos)
      << made.error().message();
}

TEST_F(EventTimePlanTest, NotWithoutAStream) {
  EXPECT_NE(refusal_of("SELECT TIMESTAMP '2024-01-01' AS ts").find("where no source is read"),
            std::string::npos);
}

TEST_F(EventTimePlanTest, NotBesideDeduplicate) {
  deduplicate_ = Deduplicate{};
  EXPECT_NE(refusal_of("SELECT t AS ts FROM events").find("write two views"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
