#pragma once

#include <string>

#include "sluice/base/error.h"

namespace sluice::state {

/// kUser: the checkpoint at `path` has the pipeline's name `owner` and is opened for `pipeline`.
/// E_SHARD_CHANGED where both are parts of one pipeline, else E_CHECKPOINT_OWNER.
Error other_owner(const std::string& path, const std::string& owner, const std::string& pipeline);

}  // namespace sluice::state
