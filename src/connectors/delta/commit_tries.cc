#include "connectors/delta/commit_tries.h"

#include <algorithm>
#include <chrono>

namespace sluice::connectors {

void wait_before_try(const connector::Context& context, int attempt) {
  constexpr std::chrono::milliseconds kFirstWait{5};
  constexpr std::chrono::milliseconds kWaitMax{500};
  if (attempt == 0) return;
  const auto wait = std::min(kWaitMax, kFirstWait * (1 << std::min(attempt, 8)));
  const auto jitter = std::chrono::milliseconds(context.random.next() % 10);
  context.clock.sleep_for(wait + jitter, {});
}

}  // namespace sluice::connectors
