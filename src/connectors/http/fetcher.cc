#include "connectors/http/fetcher.h"

#include <algorithm>
#include <utility>

#include "base/clock_wait.h"
#include "base/log.h"
#include "base/thread.h"

namespace sluice::connectors::http {
namespace {

using std::chrono::milliseconds;

/// Between tries of a pass that failed: doubling, the engine decides how long to go on.
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kPauseMax{10'000};
/// How long a server may ask to wait again and again until that counts as a failure: more than the
/// hour by which APIs count requests.
constexpr std::chrono::hours kBusyMax{2};
constexpr std::chrono::minutes kWarnAgain{10};

}  // namespace

void Fetcher::start(std::unique_ptr<Feed> feed, bool one_pass) {
  feed_ = std::move(feed);
  thread_ = start_thread(
      "http", [this, one_pass](const std::stop_token& stop) { run(stop, one_pass); },
      [this](Error error) { set_problem(std::move(error)); });
}

bool Fetcher::is_at_work() const {
  const std::lock_guard lock(mutex_);
  return at_work_ && !ended_;
}

bool Fetcher::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

Status Fetcher::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_ ? Status(problem_->clone()) : Status();
}

Status Fetcher::problem_after_another_try(milliseconds wait, bool or_fine) {
  std::unique_lock lock(mutex_);
  if (problem_ && problem_->kind() == Kind::kTransient && is_told_) {
    const std::uint64_t before = failures_;
    is_hurried_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, wait, [&] { return failures_ > before || !problem_; });
    if (failures_ == before && or_fine) return {};
  }
  is_told_ = true;
  return problem_ ? Status(problem_->clone()) : Status();
}

void Fetcher::set_problem(Status problem) {
  const std::lock_guard lock(mutex_);
  problem_.reset();
  if (!problem) {
    problem_ = std::move(problem).error();
    ++failures_;
    is_told_ = false;
  }
  changed_.notify_all();
}

void Fetcher::rest(milliseconds pause, bool may_be_cut, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wait_on(changed_, lock, pause, stop, clock_, [&] { return may_be_cut && is_hurried_; });
  is_hurried_ = false;
}

void Fetcher::set_at_work(bool at_work) {
  const std::lock_guard lock(mutex_);
  at_work_ = at_work;
}

void Fetcher::run(const std::stop_token& stop, bool one_pass) {
  int failures = 0;
  while (!stop.stop_requested()) {
    const auto begun = clock_.steady();
    set_at_work(true);
    auto done = feed_->pass(stop);
    if (stop.stop_requested()) return;
    milliseconds pause{0};
    if (done) {
      failures = 0;
      busy_since_.reset();
      warned_at_.reset();
      set_problem({});
      if (one_pass) {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        return;
      }
      const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady() - begun);
      pause = std::max(milliseconds(0), feed_->pause() - took);
    } else if (done.error().kind() == Kind::kTransient) {
      pause = pause_after(std::move(done).error(), failures++);
    } else {
      set_problem(std::move(done));
      set_at_work(false);
      return;
    }
    set_at_work(pause.count() == 0);
    rest(pause, !feed_->asked_pause(), stop);
  }
}

milliseconds Fetcher::pause_after(Error error, int failures) {
  const auto asked = feed_->asked_pause();
  const milliseconds doubled = std::min(kPauseMax, kFirstPause * (1 << std::min(failures, 10)));
  if (!asked) {
    set_problem(std::move(error));
    return doubled;
  }
  const auto now = clock_.steady();
  if (!busy_since_) busy_since_ = now;
  if (!warned_at_ || now - *warned_at_ >= kWarnAgain) {
    warned_at_ = now;
    log_warn("source " + name_ + ": " + error.message() + "; it asks to wait " +
             std::to_string(asked->count() / 1000) + " s, and nothing comes until then");
  }
  // The server is there, and says when it has time again: that is no failure, unless it never has.
  set_problem(now - *busy_since_ < kBusyMax ? Status() : Status(std::move(error)));
  return std::max(*asked, doubled);
}

}  // namespace sluice::connectors::http
