#include "connector/probe.h"

#include <algorithm>

namespace sluice::connector {

Status Probe::step(std::string name, const std::function<Status()>& work) {
  const auto begin = clock_.steady();
  auto outcome = work();
  const auto took = clock_.steady() - begin;
  Status kept = outcome ? Status() : Status(outcome.error().clone());
  steps_.push_back({std::move(name), std::move(kept), took});
  return outcome;
}

void Probe::skip(std::string name) { steps_.push_back({std::move(name), {}, {}, true}); }

bool Probe::has_failed() const {
  return !std::ranges::all_of(steps_,
                              [](const ProbeStep& step) { return step.outcome.has_value(); });
}

}  // namespace sluice::connector
