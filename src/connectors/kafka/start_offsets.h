#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "base/config_value.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/start_position.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// The first offset to read of every partition of `topics`, by the option `start`. kUser, with the
/// place of `start_value`, when given offsets name what is not there or leave a partition out.
Result<TopicOffsets> resolve_start(const StartPosition& start, const ConfigValue& start_value,
                                   Cluster& cluster,
                                   const std::map<std::string, TopicShape>& topics,
                                   std::stop_token stop);

/// Where each partition of `topics` is read to, by the option `end`: before the offset given,
/// before the first record of a time or later, or to what is there now, which is also where a
/// partition ends that has no record of that time. kUser, with the place of `end_value`, when given
/// offsets name what is not there yet or leave a partition out, or lie before `starts`.
Result<TopicOffsets> resolve_end(const StartPosition& end, const ConfigValue& end_value,
                                 Cluster& cluster, const std::map<std::string, TopicShape>& topics,
                                 std::stop_token stop);

/// kUser, with the place of `end_value`, when a partition would end before it starts.
Status check_range(const TopicOffsets& starts, const TopicOffsets& ends,
                   const ConfigValue& end_value);

}  // namespace sluice::connectors::kafka
