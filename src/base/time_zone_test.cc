#include "base/time_zone.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

/// Two changes of New York's clock in 2024, and the rule's of 2041 (whose days are those of 2097).
TimeZone new_york() {
  return {"America/New_York",
          -18000,
          {{1710054000, -14400}, {1730613600, -18000}, {2246598000, -14400}, {2267157600, -18000}}};
}

TEST(TimeZone, UtcChangesNothing) {
  const TimeZone utc;
  EXPECT_TRUE(utc.is_utc());
  EXPECT_EQ(utc.to_instant(5), 5);
  EXPECT_EQ(utc.to_local(-5), -5);
}

TEST(TimeZone, KnowsWinterAndSummer) {
  EXPECT_EQ(new_york().to_local(1704067200 * kSecond), 1704049200 * kSecond);
  EXPECT_EQ(new_york().to_local(1719792000 * kSecond), 1719777600 * kSecond);
  EXPECT_EQ(new_york().to_instant(1704049200 * kSecond), 1704067200 * kSecond);
}

// 2024-03-10 02:30 does not exist; Java reads it an hour later.
TEST(TimeZone, ASkippedTimeMovesOn) {
  EXPECT_EQ(new_york().to_instant(1710037800 * kSecond), 1710055800 * kSecond);
}

// 2024-11-03 01:30 exists twice; Java takes the first.
TEST(TimeZone, ARepeatedTimeIsTheFirst) {
  EXPECT_EQ(new_york().to_instant(1730597400 * kSecond), 1730611800 * kSecond);
}

TEST(TimeZone, LaterYearsFollowTheLastRule) {
  // 2097-07-01 00:00:00Z.
  EXPECT_EQ(new_york().offset_at(4023648000 * kSecond), -14400);
  // 2097-01-01 00:00:00Z.
  EXPECT_EQ(new_york().offset_at(4007923200 * kSecond), -18000);
}

}  // namespace
}  // namespace sluice
