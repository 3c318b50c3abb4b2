#include "base/crash_point.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace sluice {
namespace {

// The wish is read once a process, so each test dies in a child of its own.
void hit(const char* wish, int times) {
  ::setenv("SLUICE_CRASH", wish, 1);
  for (int i = 0; i < times; ++i) crash_point("test.point");
  std::_Exit(0);
}

TEST(CrashPoint, KillsAtTheNamedHit) {
  EXPECT_EXIT(hit("test.point:3", 3), testing::KilledBySignal(SIGKILL), "");
}
TEST(CrashPoint, LivesBeforeTheNamedHit) {
  EXPECT_EXIT(hit("test.point:3", 2), testing::ExitedWithCode(0), "");
}
TEST(CrashPoint, OtherNamesLive) {
  EXPECT_EXIT(hit("other.point:1", 3), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace sluice
