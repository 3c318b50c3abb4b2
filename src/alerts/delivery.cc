#include "alerts/delivery.h"

#include <algorithm>
#include <utility>

#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/backoff.h"

namespace sluice::alerts {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPauseMax{60'000};
/// What a receiver asks for is longer at times.
constexpr milliseconds kAskedPauseMax{600'000};
/// Tries go on so long after a notice was made before it is given up.
constexpr std::chrono::hours kPatience{1};
/// As often as pauses may double; the patience ends the tries.
constexpr int kTriesMax = 1'000'000;

void say_dead(const std::string& receiver, const Error& error) {
  log_error("alerts: receiver " + receiver + " is sent nothing: " + error.message());
}

}  // namespace

Delivery::Delivery(Receivers receivers, const Clock& clock, Random& random)
    : receivers_(std::move(receivers)), clock_(clock), random_(random) {}

Delivery::~Delivery() { stop(); }

void Delivery::add(Outgoing notice) {
  const std::string name = notice.receiver;
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return;
  if (!receivers_.contains(name)) {
    done_.push_back({notice.id(), name, /*is_sent=*/false});
    return;
  }
  Lane& lane = lanes_[name];
  const Micros made = notice.made;
  const std::chrono::microseconds age(made == 0 ? 0 : std::max<Micros>(0, clock_.now() - made));
  lane.waiting.push_back({std::move(notice), clock_.steady() - age});
  changed_.notify_all();
  if (lane.thread.joinable()) return;
  const Status started = at_border("send notices", [&]() -> Status {
    lane.thread = start_thread(
        "alerts", [this, name](const std::stop_token& stop) { work(name, stop); },
        [name](const Error& error) { say_dead(name, error); });
    return {};
  });
  // The next notice tries it again.
  if (!started) say_dead(name, started.error());
}

std::vector<Delivery::Done> Delivery::take_done() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

bool Delivery::is_idle() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane.second.waiting.empty(); });
}

bool Delivery::wait(milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return is_idle(); });
}

void Delivery::stop() {
  std::vector<std::jthread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    for (auto& [name, lane] : lanes_) {
      lane.thread.request_stop();
      threads.push_back(std::move(lane.thread));
    }
  }
  threads.clear();  // waits for them
}

void Delivery::work(const std::string& name, const std::stop_token& stop) {
  while (true) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      std::deque<Waiting>& waiting = lanes_[name].waiting;
      if (!changed_.wait(lock, stop, [&waiting] { return !waiting.empty(); })) return;
      next = waiting.front();
    }
    if (stop.stop_requested()) return;
    const std::optional<bool> sent = send(name, next, stop);
    if (!sent) return;
    const std::lock_guard lock(mutex_);
    lanes_[name].waiting.pop_front();
    done_.push_back({next.notice.id(), name, *sent});
    changed_.notify_all();
  }
}

std::optional<bool> Delivery::send(const std::string& name, const Waiting& waiting,
                                   const std::stop_token& stop) {
  const Notice& notice = waiting.notice.notice;
  engine::Backoff backoff(kTriesMax, kPauseMax, random_);
  Receiver& receiver = *receivers_.at(name);
  const std::string what = "alerts: " + notice.alert + " to " + name + ": ";
  while (true) {
    crash_point("alerts.send");
    Receiver::Sent sent;
    sent.outcome = at_border("send a notice", [&]() -> Status {
      sent = receiver.send(notice, stop);
      return std::move(sent.outcome);
    });
    crash_point("alerts.sent");
    if (sent.outcome) return true;
    const Error& error = sent.outcome.error();
    if (stop.stop_requested()) return std::nullopt;
    if (error.kind() != Kind::kTransient || clock_.steady() - waiting.made > kPatience) {
      log_error(what + "given up: " + error.message());
      return false;
    }
    const milliseconds pause = std::max(backoff.next(), std::min(sent.pause, kAskedPauseMax));
    // Of tries without end only some are worth a line.
    const int tries = backoff.attempt();
    const std::string line =
        what + error.message() + "; tried again in " + std::to_string(pause.count()) + " ms";
    if (tries == 1 || tries % 10 == 0) {
      log_warn(line);
    } else {
      log_debug(line);
    }
    if (!clock_.sleep_for(pause, stop)) return std::nullopt;
  }
}

}  // namespace sluice::alerts
