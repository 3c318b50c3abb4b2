#pragma once

namespace sluice::engine {

/// A rehearsal may cut a batch into several, one after the other.
enum class BatchPart : unsigned char {
  kWhole,     ///< it was not cut
  kPart,      ///< more of it follows
  kLastPart,  ///< all of it has come
};

}  // namespace sluice::engine
