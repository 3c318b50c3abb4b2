#include <algorithm>
#include <memory>
#include <string>
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

INSTANTIATE_TYPED_TEST_SUITE_P(Custom, SourceConformance, LinesRig);

}  // namespace
}  // namespace sluice::connector
