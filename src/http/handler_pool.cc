#include "http/handler_pool.h"

#include <utility>

#include "base/log.h"
#include "base/thread.h"

namespace sluice::http {

HandlerPool::HandlerPool(std::size_t threads, std::size_t waiting_max)
    : waiting_max_(waiting_max), idle_threads_(threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.push_back(start_thread(
        "http-handler", [this](const std::stop_token& stop) { work(stop); },
        [](const Error& problem) { log_error("http: " + problem.message()); }));
  }
}

bool HandlerPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= waiting_max_ + idle_threads_) return false;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void HandlerPool::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void HandlerPool::work(const std::stop_token& stop) {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (waiting_.empty()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      --idle_threads_;
    }
    job(stop);
    const std::lock_guard lock(mutex_);
    ++idle_threads_;
  }
}

}  // namespace sluice::http
