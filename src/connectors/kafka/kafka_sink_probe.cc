#include <utility>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/permissions.h"

namespace sluice::connectors::kafka {
namespace {

/// A step: whether the user may make the topic, which is missing. The right to do so may be given
/// for the cluster, which is asked, or for names of topics, which is not known.
Status try_making(connector::Probe& probe, Cluster& cluster, const std::string& topic) {
  bool is_known = true;
  auto asked = probe.step("ask for the right to make topic " + topic, [&]() -> Status {
    SLUICE_ASSIGN(const Operations may, Permissions(cluster).on_cluster(probe.stop()));
    is_known = may && may->contains(RD_KAFKA_ACL_OPERATION_CREATE);
    return {};
  });
  if (asked && !is_known) {
    probe.skip("topic " + topic + " is missing, and whether the user may make it is not known");
  }
  return asked;
}

}  // namespace

Status KafkaSink::probe(const data::Schema& /*schema*/, connector::OutputMode /*mode*/,
                        connector::Probe& probe) {
  SLUICE_ASSIGN(const auto cluster, Cluster::create(options_.connection, context_.files));
  SLUICE_TRY(try_connection(probe, *cluster));
  static_cast<void>(
      probe_topic(probe, *cluster, options_.topic, options_.create_partitions > 0).has_value());
  if (!options_.transactions) return {};
  SLUICE_ASSIGN(const bool has_commits,
                probe_topic(probe, *cluster, options_.commits_topic, /*may_make=*/true));
  return probe_id(probe, has_commits);
}

/// Whether the topic is there.
Result<bool> KafkaSink::probe_topic(connector::Probe& probe, Cluster& cluster,
                                    const std::string& topic, bool may_make) const {
  bool is_there = false;
  auto found = probe.step("topic " + topic, [&]() -> Status {
    SLUICE_ASSIGN(const auto shapes, cluster.describe({topic}, probe.stop()));
    is_there = !shapes.empty();
    return is_there || may_make ? Status() : cluster.unknown_topic(topic);
  });
  if (!found) return std::move(found).error();
  if (!is_there) {
    SLUICE_TRY(try_making(probe, cluster, topic));
    return false;
  }
  Permissions permissions(cluster);
  SLUICE_TRY(permissions.try_topic(probe, topic, RD_KAFKA_ACL_OPERATION_WRITE));
  if (topic == options_.commits_topic) {
    SLUICE_TRY(permissions.try_topic(probe, topic, RD_KAFKA_ACL_OPERATION_READ));
  }
  return true;
}

/// Who takes a transactional id stops a run that has it. So it is tried only where the commits
/// topic shows that no run has ever had it.
Status KafkaSink::probe_id(connector::Probe& probe, bool has_commits) {
  const std::string& id = options_.transactional_id;
  bool is_used = false;
  if (has_commits) {
    auto read = probe.step("what was published", [&]() -> Status {
      SLUICE_ASSIGN(
          log_, CommitLog::open(options_.connection, options_.commits_topic, id, context_.files));
      SLUICE_ASSIGN(const CommitState newest, log_->newest());
      is_used = newest.head || newest.claim;
      return {};
    });
    if (!read) return read;
  }
  if (is_used) {
    probe.skip("transactional id " + id + " has been used before, and is left to whoever has it");
    return {};
  }
  return probe.step("transactional id " + id, [&]() -> Status {
    SLUICE_ASSIGN(const auto writer, TopicWriter::create({.connection = options_.connection,
                                                          .transactional_id = id,
                                                          .compression = options_.compression},
                                                         context_.files));
    return writer->init();
  });
}

}  // namespace sluice::connectors::kafka
