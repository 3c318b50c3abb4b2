#include "connectors/delta/commit_tries.h"

#include <algorithm>
#include <chrono>

namespace sluice::connectors {

void wait_before_try(const connector::Context& context, int attempt) {
  constexpr std::chrono::microseconds kFirstWait{5'000};
  constexpr std::chrono::microseconds kWaitMax{500'000};
  if (attempt == 0) return;
  const auto most = std::min(kWaitMax, kFirstWait * (1 << std::min(attempt, 8)));
  const auto share =
      static_cast<std::int64_t>(context.random.next() % static_cast<std::uint64_t>(most.count()));
  context.clock.sleep_for(std::chrono::microseconds(share), {});
}

}  // namespace sluice::connectors
