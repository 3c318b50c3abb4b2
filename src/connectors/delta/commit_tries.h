#pragma once

#include "connector/registry.h"

namespace sluice::connectors {

/// Each lost race is another writer's success, so losing this often means a very busy table; the
/// engine's own back-off comes on top. Of sixteen writers that commit all the time none loses so
/// many (delta_writers_test.cc).
inline constexpr int kCommitTriesMax = 40;

/// The pause before another try to commit; none before the first one (0). At random up to a bound
/// that grows from 10 ms to half a second: writers that lost to the same one do not meet again.
void wait_before_try(const connector::Context& context, int attempt);

}  // namespace sluice::connectors
