#include "support/store_faults.h"

#include "rust/cxx.h"
#include "sluice_bridge/src/lib.rs.h"

namespace sluice::io {

std::uint64_t inject_store_faults(std::uint64_t seed, std::uint32_t per_mille) {
  return bridge::inject_store_faults(seed, per_mille);
}

}  // namespace sluice::io
