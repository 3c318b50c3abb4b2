#include "engine/control.h"

#include <utility>

namespace sluice::engine {

/// Wakes the engine's thread, wherever it waits between batches.
template <class Change>
void Control::ask(Change change) {
  std::optional<std::stop_source> sleep;
  {
    const std::lock_guard lock(mutex_);
    change();
    news_ = true;
    sleep = std::exchange(sleep_, std::nullopt);
  }
  changed_.notify_all();
  if (sleep) sleep->request_stop();
}

void Control::pause() {
  ask([this] { orders_.paused = true; });
}

void Control::resume() {
  ask([this] { orders_.paused = false; });
}

void Control::trigger() {
  ask([this] { triggered_ = true; });
}

void Control::drain() {
  ask([this] {
    orders_.drain = true;
    orders_.paused = false;
  });
}

Status Control::hand_over(Look look) {
  ask([this, &look] {
    look_ = std::move(look);
    answer_.reset();
    orders_.look = true;
  });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return answer_ || closed_; });
  orders_.look = false;
  if (!answer_) return Error(Kind::kCancelled, "the run ended before");
  return *std::exchange(answer_, std::nullopt);
}

void Control::save(SavepointWish wish) {
  std::optional<SavepointWish> before;
  ask([&] {
    before = std::exchange(wish_, std::move(wish));
    if (closed_) before = std::exchange(wish_, std::nullopt);
    orders_.save = wish_.has_value();
  });
  if (before) before->done(Error(Kind::kCancelled, "the run ended before"));
}

void Control::refuse_wish(const Error& reason) {
  if (const auto wish = take_wish()) wish->done(reason.clone());
}

bool Control::handed_over() const {
  const std::lock_guard lock(mutex_);
  return handed_over_;
}

void Control::wake() {
  ask([this] { woken_ = true; });
}

void Control::close() {
  ask([this] { closed_ = true; });
  refuse_wish(Error(Kind::kCancelled, "the run ended before"));
}

Control::Orders Control::orders() {
  const std::lock_guard lock(mutex_);
  news_ = woken_ = false;
  return orders_;
}

bool Control::take_trigger() {
  const std::lock_guard lock(mutex_);
  return std::exchange(triggered_, false);
}

bool Control::hold(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto is_over = [this] { return !orders_.paused || orders_.look; };
  changed_.wait(lock, stop, [&] { return is_over() || orders_.save || woken_; });
  woken_ = false;
  return !is_over() && !stop.stop_requested();
}

bool Control::sleep_until(const Clock& clock, std::chrono::nanoseconds deadline,
                          std::stop_token stop) {
  std::stop_source sleep;
  {
    const std::lock_guard lock(mutex_);
    if (news_) return false;
    sleep_ = sleep;
  }
  const std::stop_callback end(std::move(stop), [&sleep] { sleep.request_stop(); });
  const bool there = clock.sleep_until(deadline, sleep.get_token());
  const std::lock_guard lock(mutex_);
  sleep_.reset();
  return there;
}

bool Control::answer(state::Checkpoint& checkpoint) {
  Look look;
  {
    const std::lock_guard lock(mutex_);
    look = std::exchange(look_, nullptr);
    orders_.look = false;
  }
  Status found = look(checkpoint);
  const bool fits = found.has_value();
  {
    const std::lock_guard lock(mutex_);
    handed_over_ = fits;
    answer_.emplace(std::move(found));
  }
  changed_.notify_all();
  return fits;
}

std::optional<SavepointWish> Control::take_wish() {
  const std::lock_guard lock(mutex_);
  orders_.save = false;
  return std::exchange(wish_, std::nullopt);
}

void Control::put_off(SavepointWish wish, const std::atomic<bool>& busy) {
  std::optional<SavepointWish> before = std::move(wish);
  ask([&] {
    if (wish_) return;  // another came meanwhile
    if (closed_) return;
    wish_ = std::exchange(before, std::nullopt);
    orders_.save = !busy;
  });
  if (before) before->done(Error(Kind::kCancelled, "another one is asked for"));
}

void Control::look_again() {
  ask([this] { orders_.save = wish_.has_value(); });
}

}  // namespace sluice::engine
