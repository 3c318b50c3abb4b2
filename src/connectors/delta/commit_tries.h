#pragma once

#include "connector/registry.h"

namespace sluice::connectors {

/// The pause before another try to commit; none before the first one (0). A lost race is another
/// writer's success, so it grows from 5 ms to half a second only, and a little at random.
void wait_before_try(const connector::Context& context, int attempt);

}  // namespace sluice::connectors
