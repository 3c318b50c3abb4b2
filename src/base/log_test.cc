#include "base/log.h"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace sluice {
namespace {

/// The line that `work` logs, after time and level.
template <class Work>
std::string logged(Work work) {
  testing::internal::CaptureStderr();
  work();
  const std::string line = testing::internal::GetCapturedStderr();
  std::size_t at = line.find(' ');
  at = line.find_first_not_of(' ', at);
  at = line.find_first_not_of(' ', line.find(' ', at));
  return at == std::string::npos ? line : line.substr(at);
}

TEST(Log, LineNamesThePipelineOfItsThread) {
  const LogScope scope("orders");
  EXPECT_EQ(logged([] { log_warn("100 % {}"); }), "[orders] 100 % {}\n");
}

TEST(Log, ScopesNestAndEnd) {
  {
    const LogScope outer("orders");
    {
      const LogScope inner("payments");
    }
    EXPECT_EQ(log_context(), "orders");
  }
  EXPECT_EQ(logged([] { log_warn("alone"); }), "alone\n");
}

TEST(Log, OtherThreadsHaveTheirOwn) {
  const LogScope scope("orders");
  std::string other = "unset";
  std::jthread([&other] { other = log_context(); }).join();
  EXPECT_EQ(other, "");
}

}  // namespace
}  // namespace sluice
