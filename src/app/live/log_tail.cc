#include "app/live/log_tail.h"

#include <algorithm>
#include <utility>

#include "base/shown_text.h"

namespace sluice::app {

void LogTail::add(std::int64_t at_us, LogLevel level, std::string_view pipeline,
                  std::string_view text) {
  LogLine line{at_us, level, shown_text(text, kLineBytesMax)};
  const std::lock_guard lock(mutex_);
  Tail& tail = tails_[std::string(pipeline)];
  tail.lines.push_back(std::move(line));
  if (tail.lines.size() > kLinesMax) tail.lines.pop_front();
  ++tail.untold;
}

std::vector<LogLine> LogTail::newest(const std::string& pipeline) const {
  const std::lock_guard lock(mutex_);
  const auto tail = tails_.find(pipeline);
  if (tail == tails_.end()) return {};
  return {tail->second.lines.begin(), tail->second.lines.end()};
}

std::map<std::string, LogTail::News> LogTail::take_news() {
  std::map<std::string, News> all;
  const std::lock_guard lock(mutex_);
  for (auto& [pipeline, tail] : tails_) {
    if (tail.untold == 0) continue;
    News& news = all[pipeline];
    const auto kept = static_cast<std::int64_t>(tail.lines.size());
    news.dropped = std::max<std::int64_t>(tail.untold - kept, 0);
    news.lines.assign(tail.lines.end() - std::min(tail.untold, kept), tail.lines.end());
    tail.untold = 0;
  }
  return all;
}

}  // namespace sluice::app
