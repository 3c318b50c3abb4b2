#include "lake/retention.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

using namespace std::chrono_literals;

Result<std::chrono::microseconds> read(const std::string& text) {
  TableState state;
  state.configuration = {{"delta.logRetentionDuration", text}};
  return retention(state, "delta.logRetentionDuration", 1h);
}

TEST(Retention, IsTheDefaultWithoutTheProperty) {
  EXPECT_EQ(*retention(TableState(), "delta.logRetentionDuration", 1h), 1h);
}

TEST(Retention, ReadsSparksIntervals) {
  EXPECT_EQ(*read("interval 7 days"), 7 * 24h);
  EXPECT_EQ(*read("INTERVAL 1 WEEK 2 days"), 9 * 24h);
  EXPECT_EQ(*read("36 hours"), 36h);
  EXPECT_EQ(*read("interval 0 seconds"), 0s);
}

TEST(Retention, RefusesWhatIsNoTime) {
  for (const char* wrong : {"", "interval", "7", "interval 1 month", "interval -1 days", "soon"}) {
    EXPECT_FALSE(read(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace sluice::lake
