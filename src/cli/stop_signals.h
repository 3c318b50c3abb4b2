#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace sluice::cli {

/// Turns Ctrl+C (SIGINT), SIGTERM and SIGHUP into a stop request: the first one asks the work to
/// finish what it has in hand, the second ends the process at once with exit code 130, which is as
/// safe as kill -9. Make it before any other thread is started, so that all inherit its signal
/// mask.
class StopSignals {
 public:
  /// `on_first` is called on a thread of its own, after the stop request.
  explicit StopSignals(std::function<void()> on_first);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  void wait();

  std::stop_source source_;
  std::function<void()> on_first_;
  std::jthread thread_;
};

}  // namespace sluice::cli
