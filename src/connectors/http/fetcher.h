#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "connectors/http/feed.h"
#include "sluice/base/result.h"

namespace sluice::connectors::http {

/// Has a feed fetch on a thread of its own, from start() to its end. Any thread may call.
class Fetcher {
 public:
  /// `name`: of the source, for warnings. `clock` outlives it.
  Fetcher(std::string name, const Clock& clock) : name_(std::move(name)), clock_(clock) {}

  /// `one_pass`: until a pass has succeeded. Once.
  void start(std::unique_ptr<Feed> feed, bool one_pass);

  /// A pass is being made.
  bool is_at_work() const;
  /// The one pass is made.
  bool ended() const;
  /// Why nothing comes: kTransient as long as it is tried again, others for good.
  Status problem() const;
  /// As problem(), for the engine, which asks again after a pause and counts: what it has been
  /// given already is tried once more first, for `wait` at most. A try that has not ended by then
  /// counts as failed, or, with `or_fine`, as one that goes well.
  Status problem_after_another_try(std::chrono::milliseconds wait, bool or_fine);
  void set_problem(Status problem);

 private:
  void run(const std::stop_token& stop, bool one_pass);
  /// After a failed pass that is tried again.
  std::chrono::milliseconds pause_after(Error error, int failures);
  void set_at_work(bool at_work);
  /// `may_be_cut`: somebody may ask for another try before.
  void rest(std::chrono::milliseconds pause, bool may_be_cut, const std::stop_token& stop);

  const std::string name_;
  const Clock& clock_;
  std::unique_ptr<Feed> feed_;
  // Of pauses that the server asked for; the thread's.
  std::optional<std::chrono::nanoseconds> busy_since_;
  std::optional<std::chrono::nanoseconds> warned_at_;
  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable_any changed_;
  bool at_work_ = true;  // so that who asks first waits for the first pass
  bool ended_ = false;
  bool is_hurried_ = false;     // the pause after a failure is over
  bool is_told_ = false;        // problem_ was given to the engine
  std::uint64_t failures_ = 0;  // of passes, ever
  std::optional<Error> problem_;
  std::jthread thread_;  // last: it uses all others
};

}  // namespace sluice::connectors::http
