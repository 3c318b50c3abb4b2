#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// One thing that was tried.
struct ProbeStep {
  std::string name;  ///< for people: "connect", "read topic invoices", "write s3://lake/t"
  Status outcome;
  std::chrono::nanoseconds took{0};
  bool is_skipped = false;  ///< it was not tried; the name says why
};

/// What `sluice check --connect` finds out about one source, sink or table, step by step: that it
/// can be reached, and that this user may do there what the pipeline does. Nothing that others see
/// is written. One thread.
class Probe {
 public:
  /// `clock` outlives it.
  Probe(const Clock& clock, std::stop_token stop) : clock_(clock), stop_(std::move(stop)) {}

  /// Does `work` and keeps its outcome, which is also returned: what needs this step is left out
  /// after a failure (SLUICE_TRY), what does not need it goes on.
  Status step(std::string name, const std::function<Status()>& work);

  /// Says what was not tried, and why.
  void skip(std::string name);

  const std::vector<ProbeStep>& steps() const { return steps_; }
  bool has_failed() const;

  /// A source or sink ends its step with kCancelled when this is requested.
  const std::stop_token& stop() const { return stop_; }

 private:
  const Clock& clock_;
  const std::stop_token stop_;
  std::vector<ProbeStep> steps_;
};

}  // namespace sluice::connector
