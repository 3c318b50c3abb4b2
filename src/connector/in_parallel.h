#pragma once

#include <cstddef>
#include <functional>

#include "sluice/base/result.h"

namespace sluice::connector {

/// Calls `work` with 0 to `count` - 1, in no order, on up to `threads_max` threads (this one among
/// them), for requests to a store, which wait more than they work. Ends when all have ended; after
/// an error, and after what `work` throws, none is begun, and the first is given.
/// REQUIRES: `work` may be called by several threads at once.
Status in_parallel(std::size_t count, std::size_t threads_max,
                   const std::function<Status(std::size_t)>& work);

}  // namespace sluice::connector
