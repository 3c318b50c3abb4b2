#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/connection.h"
#include "connectors/kafka/owned.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

struct TopicSummary {
  std::string name;
  std::int32_t partitions = 0;
};

struct PartitionDetail {
  std::int32_t number = 0;
  std::int32_t leader = -1;  ///< broker id, -1: none
  std::vector<std::int32_t> replicas;
  std::vector<std::int32_t> in_sync;
  std::int64_t begin = 0;                 ///< first offset that is there
  std::int64_t end = 0;                   ///< after the last committed record
  std::optional<std::int64_t> first_ms;   ///< time of the first record; null: none, or not known
  std::optional<std::int64_t> newest_ms;  ///< the latest time of a record; likewise
};

/// A consumer group that has committed offsets of a topic.
struct GroupDetail {
  std::string name;
  int partitions = 0;    ///< of which it has committed an offset
  std::int64_t lag = 0;  ///< records in these that come after
};

/// A topic's setting as it is in force.
struct TopicSetting {
  std::string value;
  bool is_own = false;  ///< set for the topic, not the broker's default
};
using TopicSettings = std::map<std::string, TopicSetting>;

struct TopicDetail {
  std::string name;
  std::string id;  ///< "" where the broker has none
  std::vector<PartitionDetail> partitions;
  /// Settings that differ from the broker's defaults; empty where the broker does not say (the
  /// embedded one).
  std::map<std::string, std::string> config;
  std::vector<GroupDetail> groups;  ///< in order of name; empty where the user may not see them
  std::size_t groups_left_out = 0;  ///< that were not asked, because there are so many
};

/// What becomes of a topic's shape and settings.
struct TopicChange {
  std::string name;
  std::int32_t partitions = 0;                ///< in all; 0: as they are
  std::map<std::string, std::string> config;  ///< settings to set
  std::vector<std::string> unset;             ///< settings that get the broker's default again
};

struct NewTopic {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication = -1;  ///< -1: the broker's default
  std::map<std::string, std::string> config;
};

struct FoundTopic {
  TopicShape shape;
  bool was_missing = false;
};

/// The error of the only topic of an answer.
Status topic_outcome(const rd_kafka_topic_result_t* const* results, std::size_t count,
                     const std::string& what);

/// Makes, shows, alters and deletes topics: `sluice topic`. One thread. Errors: kUser (no such
/// topic, it exists, not permitted, impossible settings), kTransient (no broker answers),
/// kCancelled.
class TopicAdmin {
 public:
  /// Connects to nothing yet.
  static Result<std::unique_ptr<TopicAdmin>> create(const Connection& connection,
                                                    io::FileSystem& files);
  ~TopicAdmin();
  TopicAdmin(const TopicAdmin&) = delete;
  TopicAdmin& operator=(const TopicAdmin&) = delete;

  /// In order of name, without Kafka's internal ones.
  Result<std::vector<TopicSummary>> list(std::stop_token stop);
  /// Returns when the topic can be written to.
  Status create_topic(const NewTopic& topic, std::stop_token stop);
  /// The topic as it is. One that is missing is made, here or by somebody else at the same moment;
  /// with 0 partitions it is a kUser error that names what there is.
  Result<FoundTopic> find_or_create(const NewTopic& topic, std::stop_token stop);
  Result<TopicDetail> describe(const std::string& topic, std::stop_token stop);
  /// Settings first, then partitions: an error says what was done. kUser also for fewer partitions
  /// than there are, and for more of a topic in which sinks note what they have published.
  Status alter_topic(const TopicChange& change, std::stop_token stop);
  Status delete_topic(const std::string& topic, std::stop_token stop);
  /// Null where the broker does not say (the embedded one, or not to this user).
  Result<std::optional<TopicSettings>> settings(const std::string& topic, std::stop_token stop);

 private:
  TopicAdmin(std::unique_ptr<Cluster> cluster, Connection connection, io::FileSystem& files);

  /// `may_exist`: another one's topic will do.
  Status make_topic(const NewTopic& topic, bool may_exist, std::stop_token stop);
  Status wait_for_leaders(const std::string& topic, std::stop_token stop);
  Status add_times(TopicDetail& detail, const std::stop_token& stop);
  Status add_groups(TopicDetail& detail, const std::stop_token& stop);
  Status add_group(TopicDetail& detail, const std::string& group, const std::stop_token& stop);
  Status alter_config(const TopicChange& change, const std::stop_token& stop);
  Status add_partitions(const TopicChange& change, std::stop_token stop);

  const Connection connection_;
  io::FileSystem& files_;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace sluice::connectors::kafka
