#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "connector/probe.h"
#include "connectors/kafka/cluster.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// What the user may do with something, as the broker answers it; null: it does not say (the
/// embedded broker). A broker without permissions allows all.
using Operations = std::optional<std::set<rd_kafka_AclOperation_t>>;

/// Asks a cluster what this user may do there. Changes nothing. Errors as of Cluster, and kUser
/// where the user may not even ask.
class Permissions {
 public:
  explicit Permissions(Cluster& cluster) : cluster_(cluster) {}

  /// By topic, of those that exist.
  Result<std::map<std::string, Operations>> on_topics(const std::set<std::string>& topics,
                                                      std::stop_token stop);
  Result<Operations> on_group(const std::string& group, std::stop_token stop);
  Result<Operations> on_cluster(std::stop_token stop);

  /// A step of `probe`: whether the user may do `operation` with the topic, which exists.
  Status try_topic(connector::Probe& probe, const std::string& topic,
                   rd_kafka_AclOperation_t operation);
  Status try_group(connector::Probe& probe, const std::string& group);

 private:
  Cluster& cluster_;
};

/// A step of `probe`: a broker answers, so the names resolve, the port is open, and TLS and login
/// went well.
Status try_connection(connector::Probe& probe, Cluster& cluster);

}  // namespace sluice::connectors::kafka
