#include "sql/view/cast_check.h"

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

/// Views over `events`, whose t is a TIMESTAMP and whose z is a TIMESTAMPTZ.
class CastCheckTest : public PlanTest {
 protected:
  void SetUp() override {
    PlanTest::SetUp();
    must("ALTER TABLE events ADD COLUMN z TIMESTAMPTZ");
    must("ALTER TABLE events ADD COLUMN day DATE");
    must("ALTER TABLE events ADD COLUMN ts TIMESTAMP[]");
    must("ALTER TABLE events ADD COLUMN j JSON");
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

TEST_F(CastCheckTest, Comparisons) {
  EXPECT_EQ(place("SELECT k FROM events WHERE t < z"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE t BETWEEN z AND z + INTERVAL 1 HOUR"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE t IN (z)"), "10:32");
  EXPECT_EQ(place("SELECT k FROM events WHERE i > 0\n AND t = z"), "11:6");
  EXPECT_EQ(place("SELECT k FROM events WHERE [z] = ts"), "10:38");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > TIMESTAMP '2024-01-01'"), "10:46");
  EXPECT_EQ(place("SELECT k FROM events WHERE t > now()"), "10:32");
}

TEST_F(CastCheckTest, OneTypeOfTwo) {
  EXPECT_EQ(place("SELECT coalesce(t, z) AS at FROM events"), "10:21");
  EXPECT_EQ(place("SELECT nvl(t, z) AS at FROM events"), "10:16");
  EXPECT_EQ(place("SELECT CASE WHEN i > 0 THEN t ELSE z END AS at FROM events"), "10:33");
  EXPECT_EQ(place("SELECT greatest(z, t) AS at FROM events"), "10:24");
  EXPECT_EQ(place("SELECT t FROM events UNION ALL SELECT z FROM events"), "10:12");
  EXPECT_EQ(place("SELECT [t, z] AS both FROM events"), "10:13");
}

TEST_F(CastCheckTest, Arguments) {
  EXPECT_EQ(place("SELECT date_diff('day', t, z) AS days FROM events"), "10:29");
  EXPECT_EQ(place("SELECT z - t AS lag FROM events"), "10:16");
  EXPECT_EQ(place("SELECT date_format(nvl(z, t), 'yyyy') AS y FROM events"), "10:31");
}

TEST_F(CastCheckTest, OfTheResultOfAMacro) {
  EXPECT_EQ(place("SELECT coalesce(from_utc_timestamp(t, 'UTC'), z) AS at FROM events"), "10:21");
}

TEST_F(CastCheckTest, BehindWindows) {
  EXPECT_EQ(place("SELECT window(t, '1 minute') AS w, max(greatest(t, z)) AS m FROM events "
                  "GROUP BY 1"),
            "10:53");
}

TEST_F(CastCheckTest, InsideOfSubqueries) {
  EXPECT_EQ(place("WITH events AS (SELECT t, z FROM events WHERE i > 0) SELECT t FROM events "
                  "WHERE z = t"),
            "10:89");
}

TEST_F(CastCheckTest, WhatIsWrittenMayBe) {
  EXPECT_EQ(place("SELECT t::TIMESTAMPTZ = z AS e, CAST(z AS TIMESTAMP) = t AS f FROM events"), "");
  EXPECT_EQ(place("SELECT TRY_CAST(t AS TIMESTAMPTZ) AS z, ts::TIMESTAMPTZ[] AS zs FROM events"),
            "");
  EXPECT_EQ(place("SELECT t AT TIME ZONE 'UTC' = z AS e FROM events"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > TIMESTAMPTZ '2024-01-01 00:00:00Z'"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z > '2024-01-01' AND t > '2024-01-01'"), "");
  EXPECT_EQ(place("SELECT k FROM events WHERE z >= day AND t >= day"), "");
}

TEST_F(CastCheckTest, ACastUnderneathIsNoneOfTheResult) {
  EXPECT_EQ(place("SELECT coalesce(t::TIMESTAMP, z) AS at FROM events"), "10:22");
  EXPECT_EQ(place("SELECT coalesce(k::TIMESTAMP, z) AS at FROM events"), "10:22");
}

TEST_F(CastCheckTest, FunctionsOfSparkMayCastInside) {
  EXPECT_EQ(place("SELECT date_format(z, 'yyyy') AS y, months_between(t, z) AS m, "
                  "from_utc_timestamp(z, 'UTC') AS u, timestamp_millis(i) AS s FROM events"),
            "");
}

TEST_F(CastCheckTest, NotWhatTheViewsBelowWrote) {
  auto made = plan({"SELECT t::TIMESTAMPTZ AS z, k FROM events", "SELECT k, z FROM v"});
  EXPECT_TRUE(made) << made.error().message();
}

TEST_F(CastCheckTest, DecimalsOutOfJson) {
  const std::string lost = "a cast of JSON to decimals would take them through a DOUBLE";
  const auto expect_lost = [&](const std::string& sql, const std::string& where,
                               const std::string& instead) {
    const std::string message = refusal({sql});
    EXPECT_NE(message.find(lost), std::string::npos) << message;
    EXPECT_NE(message.find(where), std::string::npos) << message;
    EXPECT_NE(message.find("write " + instead + ", which keeps them"), std::string::npos)
        << message;
    EXPECT_EQ(refusal({"SELECT " + instead + " AS x FROM events"}), "(planned)");
  };
  expect_lost("SELECT CAST(j AS STRUCT(d DECIMAL(38,18), s VARCHAR)) AS x FROM events", "10:12",
              "from_json(j, 'STRUCT<d: DECIMAL(38,18), s: STRING>')");
  expect_lost("SELECT j::DECIMAL(20,2)[] AS x FROM events",
              "p.yaml:10:", "from_json(j, 'ARRAY<DECIMAL(20,2)>')");
  expect_lost("SELECT TRY_CAST(j AS MAP(VARCHAR, DECIMAL(20,2))) AS x FROM events", "10:12",
              "from_json(j, 'MAP<STRING, DECIMAL(20,2)>')");
  expect_lost("SELECT CAST(j AS DECIMAL(20,10)) AS x FROM events", "10:12",
              "CAST(j ->> '$' AS DECIMAL(20,10))");
  expect_lost("SELECT sum(CAST(j AS DECIMAL(20,10))) AS x FROM events GROUP BY k",
              "p.yaml:10:", "CAST(j ->> '$' AS DECIMAL(20,10))");
}

TEST_F(CastCheckTest, OtherCastsOfJson) {
  for (const char* sql : {"SELECT CAST(j AS STRUCT(n BIGINT, s VARCHAR)) AS x FROM events",
                          "SELECT CAST(j -> 'a' AS DECIMAL(20,10)) AS x FROM events",
                          "SELECT CAST(j ->> 'a' AS DECIMAL(20,10)) AS x FROM events",
                          "SELECT CAST(j AS DOUBLE) AS x FROM events",
                          "SELECT to_json(CAST(i AS DECIMAL(5,1))) AS x FROM events"}) {
    EXPECT_EQ(refusal({sql}), "(planned)") << sql;
  }
}

}  // namespace
}  // namespace sluice::sql
