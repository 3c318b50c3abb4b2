#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "data/offset.h"
#include "sluice/base/result.h"

namespace sluice::engine {

/// A copy of a running pipeline's checkpoint, as backups are, that somebody has asked for.
struct Savepoint {
  std::string folder;        ///< of backups, of this machine or a store
  std::int64_t number = 0;   ///< in that folder
  data::BatchId batch = -1;  ///< the last one that was committed; -1: none
  std::uint64_t bytes = 0;
};

/// What is asked for.
struct SavepointWish {
  std::string to;  ///< a folder of backups; "": that of the pipeline's `backup`
  /// Gets it, or why there is none; called once, on any thread, and returns at once.
  std::function<void(Result<Savepoint>)> done;
};

}  // namespace sluice::engine
