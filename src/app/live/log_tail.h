#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace sluice::app {

struct LogLine {
  std::int64_t at_us = 0;  ///< since 1970
  LogLevel level = LogLevel::kInfo;
  std::string text;
};

/// The newest log lines by pipeline, and those that were not told yet. Any thread may call.
class LogTail {
 public:
  static constexpr std::size_t kLinesMax = 200;
  static constexpr std::size_t kLineBytesMax = 4096;

  void add(std::int64_t at_us, LogLevel level, std::string_view pipeline, std::string_view text);
  std::vector<LogLine> newest(const std::string& pipeline) const;

  struct News {
    std::vector<LogLine> lines;
    std::int64_t dropped = 0;  ///< before these: more came than are kept
  };
  /// What came since the last call, by pipeline.
  std::map<std::string, News> take_news();

 private:
  struct Tail {
    std::deque<LogLine> lines;
    std::int64_t untold = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Tail> tails_;
};

}  // namespace sluice::app
