#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "connector/source_conformance.h"
#include "connectors/custom/custom_source.h"

namespace sluice::connector {
namespace {

/// A log in memory.
class Lines final : public RecordSource {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines) {}
  Result<std::int64_t> end() override { return std::ssize(lines_); }
  Status read(std::int64_t from, std::int64_t to, const Give& give,
              const std::stop_token& /*stop*/) override {
    for (std::int64_t i = from; i < to; ++i) {
      const std::string& line = lines_[static_cast<std::size_t>(i)];
      Record record{.value = line};
      if (i % 2 == 0) record.key = std::string_view(line).substr(0, 4);
      if (i % 3 == 0) record.timestamp_us = i * 1'000'000;
      if (!give(record)) return {};
    }
    return {};
  }

 private:
  const std::vector<std::string>& lines_;
};

class LinesRig {
 public:
  std::unique_ptr<Source> make() {
    return std::make_unique<connectors::custom::CustomSource>(std::make_unique<Lines>(lines_),
                                                              "lines");
  }
  void fill() {
    for (int i = 0; i < 30; ++i) lines_.push_back("line " + std::to_string(lines_.size()));
  }
  bool fill_more() {
    fill();
    return true;
  }

 private:
  std::vector<std::string> lines_;
};

/// Does not answer before it is to stop.
class Silent final : public RecordSource {
 public:
  Result<std::int64_t> end() override { return 10; }
  Status read(std::int64_t /*from*/, std::int64_t /*to*/, const Give& /*give*/,
              const std::stop_token& stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    return Error(Kind::kCancelled, "stopped");
  }
};

TEST(CustomSource, LookingForABatchsEndStopsWithTheRun) {
  connectors::custom::CustomSource source(std::make_unique<Silent>(), "silent");
  std::stop_source run;
  ASSERT_TRUE(source.open(run.get_token()));
  const auto from = source.initial();
  ASSERT_TRUE(from);
  const std::jthread ends([&run] { run.request_stop(); });
  const auto found = source.latest(*from, {.bytes = 1000});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), Kind::kCancelled);
}

INSTANTIATE_TYPED_TEST_SUITE_P(Custom, SourceConformance, LinesRig);

}  // namespace
}  // namespace sluice::connector
