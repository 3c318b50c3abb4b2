#pragma once

#include <cstdint>

namespace sluice::io {

/// For tests: of each 1000 requests that stores and Delta tables make that are opened from now on,
/// also to the log of a table on this machine, `per_mille` go wrong, by chance from `seed`: nothing
/// is done; it is done and an error answers; a conditional write is done and answered by "taken",
/// as by a client that has sent it twice; or it is done later, when nobody waits any more. 0: none.
/// Returns how many have since the last call. For the whole process.
std::uint64_t inject_store_faults(std::uint64_t seed, std::uint32_t per_mille);

}  // namespace sluice::io
