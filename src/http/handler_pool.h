#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace sluice::http {

/// A few threads for handlers that take long, and a bounded queue before them.
class HandlerPool {
 public:
  /// Is given the token of a stop, and gives up soon once that is requested.
  using Job = std::function<void(const std::stop_token&)>;

  HandlerPool(std::size_t threads, std::size_t waiting_max);
  ~HandlerPool() { stop(); }
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  /// False: all threads are busy and enough jobs wait. Any thread may call, until stop().
  bool submit(Job job);
  /// Every job that was taken has run when it returns, those that waited with a stop requested.
  void stop();

 private:
  void work(const std::stop_token& stop);

  const std::size_t waiting_max_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable_any changed_;
  std::deque<Job> waiting_;
  std::size_t idle_threads_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace sluice::http
