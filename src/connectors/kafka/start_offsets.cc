#include "connectors/kafka/start_offsets.h"

#include <utility>

namespace sluice::connectors::kafka {
namespace {

using Topics = std::map<std::string, TopicShape>;

/// Before the first record of the time or later, also one that an open transaction holds back; at
/// `ends` where there is none.
Result<TopicOffsets> offsets_at_time(std::int64_t time_ms, const TopicOffsets& ends,
                                     Cluster& cluster, const Topics& topics, std::stop_token stop) {
  SLUICE_ASSIGN(auto offsets, cluster.written_offsets(topics, time_ms, std::move(stop)));
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

Result<TopicOffsets> end_as_given(StartOffsets given, const ConfigValue& value, Cluster& cluster,
                                  const Topics& topics, std::stop_token stop) {
  SLUICE_TRY(match_topics(given, value, topics));
  SLUICE_ASSIGN(TopicOffsets offsets, cluster.offsets(topics, kLatestOffset, stop));
  // What an open transaction holds back is waited for; what nobody has written is a mistake.
  SLUICE_ASSIGN(const TopicOffsets written, cluster.written_offsets(topics, kLatestOffset, stop));
  for (auto& [topic, partitions] : offsets) {
    for (auto& [partition, offset] : partitions) {
      const auto wanted = find_offset(given.offsets, topic, partition);
      const std::string place = "topic=" + topic + " partition=" + std::to_string(partition);
      if (!wanted) {
        return value.error("no end is given for partition " + std::to_string(partition) +
                           " of topic '" + topic +
                           "'; give every partition one, -1 for its end as it is at the start");
      }
      const std::int64_t most = find_offset(written, topic, partition).value_or(0);
      if (*wanted > most) {
        return value.error("the end " + std::to_string(*wanted) + " is not there yet; " + place +
                           " end_now=" + std::to_string(most) +
                           "; write an offset that exists, or -1 for what is there at the start");
      }
      if (*wanted != kLatestOffset) offset = *wanted;
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
    // All that is written is older: also what will be committed later.
    SLUICE_ASSIGN(const auto ends, cluster.written_offsets(topics, kLatestOffset, stop));
    return offsets_at_time(time->milliseconds, ends, cluster, topics, std::move(stop));
  }
  return offsets_as_given(std::get<StartOffsets>(start), start_value, cluster, topics,
                          std::move(stop));
}

Result<TopicOffsets> resolve_end(const StartPosition& end, const ConfigValue& end_value,
                                 Cluster& cluster, const Topics& topics, std::stop_token stop) {
  if (const auto* given = std::get_if<StartOffsets>(&end)) {
    return end_as_given(*given, end_value, cluster, topics, std::move(stop));
  }
  if (const auto* time = std::get_if<StartTimestamp>(&end)) {
    SLUICE_ASSIGN(const auto ends, cluster.offsets(topics, kLatestOffset, stop));
    return offsets_at_time(time->milliseconds, ends, cluster, topics, std::move(stop));
  }
  return cluster.offsets(topics, kLatestOffset, std::move(stop));
}

Status check_range(const TopicOffsets& starts, const TopicOffsets& ends,
                   const ConfigValue& end_value) {
  for (const auto& [topic, partitions] : starts) {
    for (const auto& [partition, start] : partitions) {
      const std::int64_t end = find_offset(ends, topic, partition).value_or(start);
      if (end >= start) continue;
      return end_value.error("the end lies before the start; topic=" + topic +
                             " partition=" + std::to_string(partition) +
                             " start=" + std::to_string(start) + " end=" + std::to_string(end));
    }
  }
  return {};
}

}  // namespace sluice::connectors::kafka
