#include "sql/zone_check.h"

#include <gtest/gtest.h>

#include "sql/plan_fixture.h"

namespace sluice::sql {
namespace {

/// Views over `events`, whose t is a TIMESTAMP and whose z is a TIMESTAMPTZ.
class ZoneCheckTest : public PlanTest {
 protected:
  void SetUp() override {
    PlanTest::SetUp();
    must("ALTER TABLE events ADD COLUMN z TIMESTAMPTZ");
    must("ALTER TABLE events ADD COLUMN day DATE");
    must("ALTER TABLE events ADD COLUMN ts TIMESTAMP[]");
  }

  /// Where the view's times are mixed, as "line:column"; "": nowhere.
  std::string place(const std::string& sql) {
    const std::string message = refusal({sql});
    if (message == "(planned)") return "";
    if (message.find("a TIMESTAMP, which has no zone, meets") == std::string::npos) {
      return message;
    }
    return message.substr(7, message.find(": view") - 7);
  }
};

TEST_F(ZoneCheckTest, Comparisons) {
  EXPECT_EQ(place("SELECT k FROM events WHERE t < z"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE t BETWEEN z AND z + INTERVAL 1 HOUR"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE t IN (z)"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE i > 0\n AND t = z"), "11:6");
  EXPECT_EQ(place("SELECT k FROM events WHERE [z] = ts"), "10:38");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > TIMESTAMP '2024-01-01'"), "10:46");
  EXPECT_EQ(place("SELECT k FROM events WHERE t > now()"), "10:32");
}

TEST_F(ZoneCheckTest, OneTypeOfTwo) {
  EXPECT_EQ(place("SELECT coalesce(t, z) AS at FROM events"), "10:21");
  EXPECT_EQ(place("SELECT nvl(t, z) AS at FROM events"), "10:16");
  EXPECT_EQ(place("SELECT CASE WHEN i > 0 THEN t ELSE z END AS at FROM events"), "10:33");
  EXPECT_EQ(place("SELECT greatest(z, t) AS at FROM events"), "10:24");
  EXPECT_EQ(place("SELECT t FROM events UNION ALL SELECT z FROM events"), "10:12");
  EXPECT_EQ(place("SELECT [t, z] AS both FROM events"), "10:13");
}

TEST_F(ZoneCheckTest, Arguments) {
  EXPECT_EQ(place("SELECT date_diff('day', t, z) AS days FROM events"), "10:29");
  EXPECT_EQ(place("SELECT z - t AS lag FROM events"), "10:16");
  EXPECT_EQ(place("SELECT date_format(nvl(z, t), 'yyyy') AS y FROM events"), "10:31");
}

TEST_F(ZoneCheckTest, OfTheResultOfAMacro) {
  EXPECT_EQ(place("SELECT coalesce(from_utc_timestamp(t, 'UTC'), z) AS at FROM events"), "10:21");
}

TEST_F(ZoneCheckTest, BehindWindows) {
  EXPECT_EQ(place("SELECT window(t, '1 minute') AS w, max(greatest(t, z)) AS m FROM events "
                  "GROUP BY 1"),
            "10:53");
}

TEST_F(ZoneCheckTest, InsideOfSubqueries) {
  EXPECT_EQ(place("WITH events AS (SELECT t, z FROM events WHERE i > 0) SELECT t FROM events "
                  "WHERE z = t"),
            "10:89");
}

TEST_F(ZoneCheckTest, WhatIsWrittenMayBe) {
  EXPECT_EQ(place("SELECT t::TIMESTAMPTZ = z AS e, CAST(z AS TIMESTAMP) = t AS f FROM events"), "");
  EXPECT_EQ(place("SELECT TRY_CAST(t AS TIMESTAMPTZ) AS z, ts::TIMESTAMPTZ[] AS zs FROM events"),
            "");
  EXPECT_EQ(place("SELECT t AT TIME ZONE 'UTC' = z AS e FROM events"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > TIMESTAMPTZ '2024-01-01 00:00:00Z'"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > '2024-01-01' AND t > '2024-01-01'"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z >= day AND t >= day"), "");
}

TEST_F(ZoneCheckTest, ACastUnderneathIsNoneOfTheResult) {
  EXPECT_EQ(place("SELECT coalesce(t::TIMESTAMP, z) AS at FROM events"), "10:22");
  EXPECT_EQ(place("SELECT coalesce(k::TIMESTAMP, z) AS at FROM events"), "10:22");
}

TEST_F(ZoneCheckTest, FunctionsOfSparkMayCastInside) {
  EXPECT_EQ(place("SELECT date_format(z, 'yyyy') AS y, months_between(t, z) AS m, "
                  "from_utc_timestamp(z, 'UTC') AS u, timestamp_millis(i) AS s FROM events"),
            "");
}

TEST_F(ZoneCheckTest, NotWhatTheViewsBelowWrote) {
  auto made = plan({"SELECT t::TIMESTAMPTZ AS z, k FROM events", "SELECT k, z FROM v"});
  EXPECT_TRUE(made) << made.error().message();
}

}  // namespace
}  // namespace sluice::sql
