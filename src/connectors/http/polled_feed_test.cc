#include "connectors/http/polled_feed.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "support/captured_log.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace sluice::connectors::http {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

/// Nobody sleeps on it; it counts who would.
class CountingClock final : public Clock {
 public:
  Micros now() const override { return 0; }
  std::chrono::nanoseconds steady() const override { return std::chrono::nanoseconds(0); }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token /*stop*/) const override {
    ++sleeps;
    slept = deadline;
    return true;
  }
  mutable int sleeps = 0;
  mutable std::chrono::nanoseconds slept{0};
};

/// Pages 0 to `pages` - 1, each of which names the next by a cursor.
class PolledFeedTest : public testing::Test {
 protected:
  PolledFeedTest()
      : server_([this](const ServedRequest& request, const HttpConnection& to) {
          const std::size_t at = request.target.find("c=");
          const int page = at == std::string::npos ? 0 : std::stoi(request.target.substr(at + 2));
          const std::string items = are_empty_ ? "" : std::to_string(page);
          const std::string next = page + 1 < pages_ ? std::to_string(page + 1) : "null";
          return to.answer(200, "{\"items\": [" + items + "], \"next\": " + next + "}");
        }) {
    settings_.endpoint.request.url = server_.url();
    settings_.records = "/items";
    settings_.paging = {.cursor = "/next", .cursor_parameter = "c"};
    settings_.pages_max = 20;
  }
  Status pass(bool is_unique) {
    settings_.is_unique = is_unique;
    IntakeOptions options;
    if (is_unique) options.unique = {""};
    connector::Inbox inbox({folder_.at("inbox"), "feed"}, *files_);
    EXPECT_TRUE(inbox.open());
    SeenRecords seen(folder_.at("seen/ids"), 1000, *files_);
    Intake intake(options, inbox, seen, clock_, [](Status) {});
    EXPECT_TRUE(intake.begin({}, {"{\"record\":0}"}));
    Status done = PolledFeed(settings_, intake, clock_).pass({});
    records_ = *inbox.records_after({"{\"record\":0}"});
    return done;
  }

  std::atomic<int> pages_ = 1;
  std::atomic<bool> are_empty_ = false;
  FeedSettings settings_;
  CountingClock clock_;
  std::int64_t records_ = 0;
  io::TemporaryFolder folder_;
  std::unique_ptr<io::FileSystem> files_ = io::make_local_file_system();
  const HttpServer server_;
};

TEST_F(PolledFeedTest, PagesThatWouldNeverBeReadAreAnError) {
  pages_ = 21;
  const Status done = pass(/*is_unique=*/true);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().message().starts_with("E_TOO_MANY_PAGES: one poll has more than 20"));
  pages_ = 20;
  EXPECT_TRUE(pass(/*is_unique=*/true));
}

TEST_F(PolledFeedTest, APassThatGoesOnReadsAllPagesAndWarns) {
  pages_ = 45;
  CapturedLog logged(LogLevel::kWarn);
  EXPECT_TRUE(pass(/*is_unique=*/false));
  EXPECT_EQ(records_, 45);
  EXPECT_NE(logged.text().find("20 pages of one poll are read, and it goes on"), std::string::npos);
  EXPECT_EQ(clock_.sleeps, 0);
}

TEST_F(PolledFeedTest, EmptyPagesAreNotAskedForInABurst) {
  pages_ = 15;
  are_empty_ = true;
  EXPECT_TRUE(pass(/*is_unique=*/false));
  EXPECT_EQ(clock_.sleeps, 4);
  EXPECT_EQ(clock_.slept, std::chrono::seconds(1));
}

}  // namespace
}  // namespace sluice::connectors::http
