#include "state/checkpoint_owner.h"

#include "sluice/base/shard.h"

namespace sluice::state {

Error other_owner(const std::string& path, const std::string& owner, const std::string& pipeline) {
  const auto was = split_name_in_shard(owner);
  const auto is = split_name_in_shard(pipeline);
  const auto whole = [](const auto& split, const std::string& name) {
    return split ? split->first : name;
  };
  const auto part = [](const auto& split) {
    return split ? "shard " + split->second.text() : std::string("all partitions");
  };
  if ((was || is) && whole(was, owner) == whole(is, pipeline)) {
    return user_error("E_SHARD_CHANGED: checkpoint " + path + " is of " + part(was) +
                      " of pipeline '" + whole(was, owner) + "', and this run is of " + part(is) +
                      "; go on as before, or see docs/guide/sharding.md for how to change the "
                      "number of shards");
  }
  return user_error("E_CHECKPOINT_OWNER: checkpoint " + path + " belongs to pipeline '" + owner +
                    "', not to '" + pipeline +
                    "'; give each pipeline a checkpoint of its own, or keep the name");
}

}  // namespace sluice::state
