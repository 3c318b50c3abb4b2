#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "base/config_value.h"
#include "base/result.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/start_position.h"

namespace sluice::connectors::kafka {

/// The first offset to read of every partition of `topics`, by the option `start`. kUser, with the
/// place of `start_value`, when given offsets name what is not there or leave a partition out.
Result<TopicOffsets> resolve_start(const StartPosition& start, const ConfigValue& start_value,
                                   Cluster& cluster,
                                   const std::map<std::string, TopicShape>& topics,
                                   std::stop_token stop);

}  // namespace sluice::connectors::kafka
