#pragma once

#include <stop_token>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine/backoff.h"
#include "engine/engine.h"
#include "engine/pipeline.h"

namespace sluice::engine {

/// Retries what failed for a passing reason, with the pauses that the pipeline asks for. Engine
/// thread only; what it is made of outlives it.
class Retries {
 public:
  Retries(const Pipeline& pipeline, const Surroundings& surroundings, std::stop_token stop)
      : pipeline_(pipeline), surroundings_(surroundings), stop_(std::move(stop)) {}

  /// Runs `step` until it succeeds, fails for good, the retries are used up or `stop` is requested.
  /// `what` names it in messages. kTransient only: what may have happened is not done twice.
  template <class Step>
  auto run(const std::string& what, Step step) const -> decltype(step()) {
    return run(what, std::move(step), false);
  }

  /// As run, of a step that looks at what is there before it does anything: kUnknownOutcome is a
  /// reason to do it again.
  template <class Step>
  auto run_looking(const std::string& what, Step step) const -> decltype(step()) {
    return run(what, std::move(step), true);
  }

  /// As run_looking, of a step before the first batch: a stop between two tries is kCancelled.
  template <class Step>
  auto run_at_start(const std::string& what, Step step) const -> decltype(step()) {
    auto result = run(what, std::move(step), true);
    if (result || !stop_.stop_requested() || !may_pass(result.error().kind(), true)) return result;
    log_warn(what + ": " + result.error().message() + "; stopped before it passed");
    return Error(Kind::kCancelled, what + ": stopped");
  }

  /// Whether an error of this kind is a reason to try again. `looks`: as of run_looking.
  static bool may_pass(Kind kind, bool looks) {
    return kind == Kind::kTransient || (looks && kind == Kind::kUnknownOutcome);
  }

 private:
  template <class Step>
  auto run(const std::string& what, Step step, bool looks) const -> decltype(step()) {
    Backoff backoff(pipeline_.retries_max, pipeline_.backoff_max, surroundings_.random);
    while (true) {
      auto result = step();
      if (result) return result;
      if (!may_pass(result.error().kind(), looks) || stop_.stop_requested()) return result;
      if (backoff.exhausted()) {
        return std::move(result).error().with("gave up after " + std::to_string(backoff.attempt()) +
                                              " retries: " + what);
      }
      const auto pause = backoff.next();
      surroundings_.listener.on_retry(what + ": " + result.error().message(), backoff.attempt(),
                                      pause.count());
      surroundings_.clock.sleep_for(pause, stop_);
    }
  }

  const Pipeline& pipeline_;
  const Surroundings& surroundings_;
  std::stop_token stop_;
};

}  // namespace sluice::engine
