#include "base/crash_point.h"

#include <csignal>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "base/crash_watch.h"
#include "base/thread.h"

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
TEST(CrashWatch, IsAskedAtThePointsOfItsThread) {
  std::string passed;
  {
    const CrashWatch watch([&](std::string_view point) { passed += std::string(point) + ";"; });
    crash_point("test.point");
    auto other = start_thread(
        "other", [](const std::stop_token&) { crash_point("test.point"); }, [](const Error&) {});
    other.join();
  }
  crash_point("test.point");
  EXPECT_EQ(passed, "test.point;");
}

}  // namespace
}  // namespace sluice
