#include <utility>

#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/permissions.h"

namespace sluice::connectors::kafka {

Status KafkaSource::probe(connector::Probe& probe) {
  stop_ = probe.stop();
  SLUICE_ASSIGN(cluster_, Cluster::create(settings_.fetch.connection, files_));
  SLUICE_TRY(try_connection(probe, *cluster_));
  const std::string wanted =
      settings_.topics.empty() ? "topics of " + settings_.topic_pattern : "find the topics";
  SLUICE_TRY(probe.step(wanted, [this] { return subscription_.open(*cluster_, stop_); }));
  Permissions permissions(*cluster_);
  for (const auto& [topic, shape] : subscription_.topics()) {
    static_cast<void>(permissions.try_topic(probe, topic, RD_KAFKA_ACL_OPERATION_READ));
  }
  const std::string& group = settings_.fetch.group;
  return group.empty() ? Status() : permissions.try_group(probe, group);
}

}  // namespace sluice::connectors::kafka
