#include "connectors/http/fetcher.h"

#include <gtest/gtest.h>

#include "support/captured_log.h"
#include "support/leaping_clock.h"

namespace sluice::connectors::http {
namespace {

/// A server that is busy whenever it is asked.
class BusyFeed final : public Feed {
 public:
  Status pass(const std::stop_token& /*stop*/) override {
    return transient_error("the server answered status=429");
  }
  std::optional<std::chrono::milliseconds> asked_pause() const override {
    return std::chrono::minutes(20);
  }
  std::chrono::milliseconds pause() const override { return std::chrono::milliseconds(10); }
};

TEST(Fetcher, AServerThatIsAlwaysBusyFailsInTheEnd) {
  CapturedLog logged(LogLevel::kWarn);
  const LeapingClock clock;
  const SystemClock real;
  Fetcher fetcher("in", clock);
  fetcher.start(std::make_unique<BusyFeed>(), /*one_pass=*/true);
  for (int i = 0; i < 1000 && fetcher.problem(); ++i) {
    real.sleep_for(std::chrono::milliseconds(5), {});
  }
  const Status problem = fetcher.problem();
  ASSERT_FALSE(problem);
  EXPECT_EQ(problem.error().kind(), Kind::kTransient);
  // Warned of again, not once for all.
  const std::string text = logged.text();
  const std::size_t first = text.find("it asks to wait 1200 s");
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_NE(text.find("it asks to wait 1200 s", first + 1), std::string::npos) << text;
}

TEST(Feed, OnlyABusyServerAsksToWait) {
  io::HttpResponse answer;
  answer.headers.emplace_back("Retry-After", "7");
  for (const auto& [status, waits] :
       {std::pair{429, true}, {503, true}, {500, false}, {404, false}}) {
    answer.status = status;
    EXPECT_EQ(busy_pause(answer, 0).has_value(), waits) << status;
  }
}

}  // namespace
}  // namespace sluice::connectors::http
