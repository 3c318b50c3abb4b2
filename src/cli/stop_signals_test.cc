#include "cli/stop_signals.h"

#include <future>

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace sluice::cli {
namespace {

TEST(StopSignals, FirstSignalAsksToStop) {
  std::promise<void> told;
  const StopSignals signals([&] { told.set_value(); });
  EXPECT_FALSE(signals.token().stop_requested());
  kill(getpid(), SIGTERM);
  told.get_future().wait();
  EXPECT_TRUE(signals.token().stop_requested());
}

TEST(StopSignals, EndWithoutASignal) {
  bool told = false;
  {
    const StopSignals signals([&] { told = true; });
  }
  EXPECT_FALSE(told);
}

TEST(StopSignalsDeathTest, SecondSignalEndsAtOnce) {
  EXPECT_EXIT(
      {
        std::promise<void> told;
        const StopSignals signals([&] { told.set_value(); });
        kill(getpid(), SIGINT);
        told.get_future().wait();
        kill(getpid(), SIGINT);
        pause();
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace sluice::cli
