#include "connectors/kafka/start_offsets.h"

#include <utility>

namespace sluice::connectors::kafka {
namespace {

using Topics = std::map<std::string, TopicShape>;

Result<TopicOffsets> offsets_at_time(std::int64_t time_ms, Cluster& cluster, const Topics& topics,
                                     std::stop_token stop) {
  SLUICE_ASSIGN(auto offsets, cluster.offsets(topics, time_ms, stop));
  SLUICE_ASSIGN(const auto ends, cluster.offsets(topics, kLatestOffset, stop));
  for (auto& [topic, partitions] : offsets) {
    for (auto& [partition, offset] : partitions) {
      if (offset < 0) offset = find_offset(ends, topic, partition).value_or(0);
    }
  }
  return offsets;
}

/// Gives offsets without a topic the only topic there is; refuses what is not read.
Status match_topics(StartOffsets& given, const ConfigValue& value, const Topics& topics) {
  if (auto only = given.offsets.find(""); only != given.offsets.end()) {
    if (topics.size() != 1) {
      return value.error(
          "several topics are read, so the offsets need their topics: {offsets: {<topic>: "
          "{<partition>: <offset>}}}");
    }
    PartitionOffsets partitions = std::move(only->second);
    given.offsets = {{topics.begin()->first, std::move(partitions)}};
  }
  for (const auto& [topic, partitions] : given.offsets) {
    const auto known = topics.find(topic);
    if (known == topics.end()) {
      return value.error("offsets are given for topic '" + topic +
                         "', which this source does not read");
    }
    if (!partitions.empty() && partitions.rbegin()->first >= known->second.partitions) {
      return value.error("there is no partition " + std::to_string(partitions.rbegin()->first) +
                         " of topic '" + topic +
                         "'; partitions=" + std::to_string(known->second.partitions));
    }
  }
  return {};
}

Result<TopicOffsets> offsets_as_given(StartOffsets given, const ConfigValue& value,
                                      Cluster& cluster, const Topics& topics,
                                      std::stop_token stop) {
  SLUICE_TRY(match_topics(given, value, topics));
  SLUICE_ASSIGN(const auto lows, cluster.offsets(topics, kEarliestOffset, stop));
  SLUICE_ASSIGN(TopicOffsets offsets, cluster.offsets(topics, kLatestOffset, stop));
  for (auto& [topic, partitions] : offsets) {
    for (auto& [partition, offset] : partitions) {
      const auto wanted = find_offset(given.offsets, topic, partition);
      const std::int64_t low = find_offset(lows, topic, partition).value_or(0);
      if (!wanted) {
        return value.error("no start is given for partition " + std::to_string(partition) +
                           " of topic '" + topic +
                           "'; give every partition one, -2 for its beginning, -1 for its end");
      }
      if (*wanted >= 0 && (*wanted < low || *wanted > offset)) {
        return value.error("offset " + std::to_string(*wanted) + " does not exist; topic=" + topic +
                           " partition=" + std::to_string(partition) +
                           " available=" + std::to_string(low) + ".." + std::to_string(offset));
      }
      if (*wanted != kLatestOffset) offset = *wanted == kEarliestOffset ? low : *wanted;
    }
  }
  return offsets;
}

}  // namespace

Result<TopicOffsets> resolve_start(const StartPosition& start, const ConfigValue& start_value,
                                   Cluster& cluster, const Topics& topics, std::stop_token stop) {
  if (std::holds_alternative<StartEarliest>(start)) {
    return cluster.offsets(topics, kEarliestOffset, std::move(stop));
  }
  if (std::holds_alternative<StartLatest>(start)) {
    return cluster.offsets(topics, kLatestOffset, std::move(stop));
  }
  if (const auto* time = std::get_if<StartTimestamp>(&start)) {
    return offsets_at_time(time->milliseconds, cluster, topics, std::move(stop));
  }
  return offsets_as_given(std::get<StartOffsets>(start), start_value, cluster, topics,
                          std::move(stop));
}

}  // namespace sluice::connectors::kafka
