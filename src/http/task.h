#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "base/border.h"
#include "base/log.h"

namespace sluice::http {

template <class T>
class Task;

/// What a Task keeps for the one that awaits it.
template <class T>
class TaskPromise {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct ToParent {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return parent; }
      void await_resume() noexcept {}
      std::coroutine_handle<> parent;
    };
    return ToParent{parent_};
  }
  void unhandled_exception() { problem_ = std::current_exception(); }
  Task<T> get_return_object();
  void return_value(T value) { value_ = std::move(value); }

 private:
  friend class Task<T>;
  std::coroutine_handle<> parent_;
  std::exception_ptr problem_;
  std::optional<T> value_;
};

/// A coroutine that runs when it is awaited, and gives a T. What it throws goes on to who awaits
/// it. All of its steps are on the thread that resumes it: the io thread.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    handle_.promise().parent_ = parent;
    return handle_;
  }
  T await_resume() {
    promise_type& promise = handle_.promise();
    if (promise.problem_) std::rethrow_exception(promise.problem_);
    return *std::move(promise.value_);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A coroutine that nobody awaits: it begins at once and owns itself. What it throws is logged:
/// this is a border (base/border.h).
struct Detached {
  struct promise_type {  // NOLINT(readability-identifier-naming): the language's name.
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() { log_error(thrown_error("http").message()); }
    Detached get_return_object() { return {}; }
    void return_void() {}
  };
};

/// Awaits what a call answers by a callback that takes one T, later and on the io thread:
/// `co_await Answered<bool>([&](auto done) { socket.write(pieces, done); })`.
template <class T>
class Answered {
 public:
  using Done = std::function<void(T)>;

  explicit Answered(std::function<void(Done)> start) : start_(std::move(start)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    // `start_` lives in the coroutine that may be gone when the callback returns.
    const std::function<void(Done)> start = std::move(start_);
    start([this, waiting](T value) {
      value_ = std::move(value);
      waiting.resume();
    });
  }
  T await_resume() { return *std::move(value_); }

 private:
  std::function<void(Done)> start_;
  std::optional<T> value_;
};

}  // namespace sluice::http
