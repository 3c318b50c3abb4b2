#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "alerts/receiver.h"

namespace sluice::alerts {

/// What receivers of a test got and are to answer; outlives them.
class Mailbox {
 public:
  /// The next answers; afterwards all succeed.
  void fail(std::vector<Error> errors) {
    const std::lock_guard lock(mutex_);
    for (Error& error : errors) errors_.push_back(std::move(error));
  }
  /// "firing a", "resolved a" ... of each notice that came, taken or not.
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }
  std::vector<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }
  /// From now on send() blocks until it is stopped; or no longer.
  void hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
  }

  Receiver::Sent take(const Notice& notice, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    std::string text = notice.is_firing ? "firing" : "resolved";
    for (const Incident& incident : notice.incidents) text += " " + incident.key;
    texts_.push_back(text);
    ids_.push_back(notice.id);
    if (hangs_) {
      never_.wait(lock, stop, [] { return false; });
      return {Error(Kind::kCancelled, "stopped")};
    }
    if (errors_.empty()) return {};
    Receiver::Sent sent{std::move(errors_.front())};
    errors_.pop_front();
    return sent;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any never_;
  std::vector<std::string> texts_;
  std::vector<std::string> ids_;
  std::deque<Error> errors_;
  bool hangs_ = false;
};

class MailboxReceiver final : public Receiver {
 public:
  explicit MailboxReceiver(Mailbox& mailbox) : mailbox_(mailbox) {}
  Sent send(const Notice& notice, const std::stop_token& stop) override {
    return mailbox_.take(notice, stop);
  }

 private:
  Mailbox& mailbox_;
};

}  // namespace sluice::alerts
