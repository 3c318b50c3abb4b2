#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "engine/savepoint.h"
#include "sluice/base/result.h"

namespace sluice::state {
class Checkpoint;
}

namespace sluice::engine {

/// What others ask of a running pipeline. Any thread asks, at any time; the engine's thread looks
/// between two batches, so that a batch in hand is always finished first (one that waits for its
/// next try is in hand). To end is asked by the run's stop token, which goes before all of these.
/// One Control for one run.
class Control {
 public:
  /// Looks whether something else may go on from the checkpoint. On the engine's thread, between
  /// two batches: all that was committed is published. Changes nothing.
  using Look = std::function<Status(state::Checkpoint&)>;

  /// No batch is begun until resume() or drain(). Sources and the checkpoint stay open.
  void pause();
  void resume();
  /// A batch now instead of at the next tick, which stays where it is. Not while paused.
  void trigger();
  /// What every source has now is processed, in batches as the limits ask, then the run ends;
  /// rows that wait for a full file are written. A source that ends by itself is not waited for.
  void drain();
  /// Ends the run at the next border between batches if `look` finds no fault there. Blocks until
  /// then. Errors: those of `look`, after which the run goes on as if nothing had been asked;
  /// kCancelled when the run ends for another reason first. One caller at a time.
  Status hand_over(Look look);
  bool handed_over() const;
  /// A savepoint at the next border between two batches; `wish.done` gets it, or why there is none:
  /// kCancelled when the run ends before. One that is asked for while another waits takes its
  /// place.
  void save(SavepointWish wish);
  /// The savepoint that waits is given up, for this reason.
  void refuse_wish(const Error& reason);

  /// A watcher has something to do (engine/watcher.h): who sleeps between two batches looks.
  void wake();

  /// The run is over: who waits in hand_over() is let go.
  void close();

  // What follows is for the engine's thread.

  struct Orders {
    bool paused = false;
    bool drain = false;
    bool look = false;  ///< somebody waits in hand_over()
    bool save = false;  ///< a savepoint can be begun
  };
  /// What is asked at this moment; sleep_until() sleeps until something else is.
  Orders orders();
  /// Whether a trigger came since the last call.
  bool take_trigger();
  /// Blocks while the run is paused and nothing else is asked. True: only a savepoint is, or wake()
  /// ended it.
  bool hold(std::stop_token stop);
  /// As Clock::sleep_until; ends early, with false, when something is asked.
  bool sleep_until(const Clock& clock, std::chrono::nanoseconds deadline, std::stop_token stop);
  /// Calls what hand_over() was given; true: the run is to end.
  bool answer(state::Checkpoint& checkpoint);
  /// The savepoint that is asked for; null: none.
  std::optional<SavepointWish> take_wish();
  /// It waits on, until look_again() if `busy` is true.
  void put_off(SavepointWish wish, const std::atomic<bool>& busy);
  /// What it waited for is over (`busy` is false). Any thread.
  void look_again();

 private:
  template <class Change>
  void ask(Change change);

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  Orders orders_;
  bool triggered_ = false;
  bool news_ = false;   // since orders()
  bool woken_ = false;  // by wake(), since orders() or hold()
  std::optional<std::stop_source> sleep_;
  Look look_;
  std::optional<Status> answer_;
  std::optional<SavepointWish> wish_;  // that waits
  bool handed_over_ = false;
  bool closed_ = false;
};

}  // namespace sluice::engine
