#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "alerts/book.h"
#include "alerts/receiver.h"
#include "base/clock.h"
#include "base/random.h"

namespace sluice::alerts {

using Receivers = std::map<std::string, std::unique_ptr<Receiver>>;

/// Sends notices, each receiver's in their order, on a thread a receiver: one that hangs or is down
/// holds up nobody else. What fails for a passing reason is tried again, with pauses that grow to
/// a minute, until an hour has passed since it was made; then, or when the receiver refuses it, it
/// is given up, which the log says.
class Delivery {
 public:
  /// What has become of a notice.
  struct Done {
    std::string id;  ///< Outgoing::id
    std::string receiver;
    bool is_sent = false;  ///< or else given up
  };

  /// `clock` and `random` outlive it, and any thread may use them.
  Delivery(Receivers receivers, const Clock& clock, Random& random);
  /// As stop().
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// A notice whose receiver is not there is given up. Starts the receiver's thread when it is the
  /// first.
  void add(Outgoing notice);
  /// Those since the last call.
  std::vector<Done> take_done();
  /// Blocks until nothing waits, for so long at most; whether nothing does.
  bool wait(std::chrono::milliseconds patience);
  /// What waits is not sent by this process.
  void stop();

 private:
  struct Waiting {
    Outgoing notice;
    std::chrono::nanoseconds made{};  ///< steady
  };
  struct Lane {
    std::deque<Waiting> waiting;  ///< the first one may be on its way
    std::jthread thread;
  };

  void work(const std::string& name, const std::stop_token& stop);
  /// True: it was sent. False: given up. Null: stopped.
  std::optional<bool> send(const std::string& name, const Waiting& waiting,
                           const std::stop_token& stop);
  bool is_idle() const;

  const Receivers receivers_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Lane> lanes_;  // guarded by mutex_; the threads are the owner's
  std::vector<Done> done_;             // guarded by mutex_
  bool is_stopped_ = false;            // guarded by mutex_
};

}  // namespace sluice::alerts
