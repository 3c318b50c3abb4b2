#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/log.h"

namespace sluice {

/// What is logged, from `level` on, and whatever else reaches standard error, as long as this
/// lives; it is not shown. One at a time.
class CapturedLog {
 public:
  explicit CapturedLog(LogLevel level) {
    testing::internal::CaptureStderr();
    set_log_level(level);
  }
  ~CapturedLog() { text(); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  /// All of it; ends the capture.
  const std::string& text() {
    if (!ended_) {
      set_log_level(LogLevel::kInfo);
      text_ = testing::internal::GetCapturedStderr();
      ended_ = true;
    }
    return text_;
  }

 private:
  bool ended_ = false;
  std::string text_;
};

}  // namespace sluice
