// A Kafka source in a shard (docs/decisions/0032-shards.md): which topics can be read so.
#include <algorithm>

#include "base/log.h"
#include "connectors/kafka/kafka_source.h"

namespace sluice::connectors::kafka {

/// The run relies on where producers put equal keys.
bool KafkaSource::has_keyed_shards() const {
  return settings_.shard && settings_.partitioned_by.shape() != ConfigValue::Shape::kNull;
}

/// A key's partition is its hash modulo their number P. Its shard is that modulo N: by the hash
/// alone, whatever the topic and whenever it was written, if each P is a multiple of N.
Status KafkaSource::check_partition_counts() const {
  if (!has_keyed_shards()) return {};
  const int shards = settings_.shard->count;
  for (const auto& [topic, shape] : subscription_.topics()) {
    if (shape.partitions % shards == 0) continue;
    return settings_.partitioned_by.error(
        "E_SHARD_PARTITIONS: rows of one key would be in several shards: topic '" + topic +
        "' has " + std::to_string(shape.partitions) + " partitions, which is no multiple of " +
        std::to_string(shards) +
        " shards; run so many shards that it is, or, where rows of a key need not be together, "
        "remove partitioned_by");
  }
  return {};
}

void KafkaSource::warn_of_idling() const {
  if (!settings_.shard) return;
  const auto& topics = subscription_.topics();
  if (std::ranges::any_of(topics, [this](const auto& entry) {
        return cluster_->partitions_of(entry.second) > 0;
      })) {
    return;
  }
  log_warn("source " + name_ + ": shard " + settings_.shard->text() +
           " has no partition of its topics, which have fewer than there are shards; it waits "
           "until there are more");
}

}  // namespace sluice::connectors::kafka
