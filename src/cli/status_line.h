#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace sluice::cli {

/// One line at the bottom of the terminal on standard error that is always up to date. It gives way
/// to log lines and to the console sink (base/log.h's hook) and comes back a moment later. There
/// may be one at a time; any thread may call.
class StatusLine {
 public:
  /// `render` gives the line for a width of that many columns, "" for none; called from a thread of
  /// the status line.
  explicit StatusLine(std::function<std::string(std::size_t columns)> render);
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Takes the line off the screen for a moment.
  void give_way();

 private:
  void tick(const std::stop_token& stop);
  void draw();
  void erase();  // mutex_ is held

  std::function<std::string(std::size_t)> render_;
  std::mutex mutex_;  // guards what follows, and the terminal's last line
  std::condition_variable_any changed_;
  bool visible_ = false;
  std::string shown_;  // the line on the screen while visible_
  std::chrono::steady_clock::time_point quiet_until_;
  std::jthread thread_;
};

}  // namespace sluice::cli
