#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/positions.h"
#include "sluice/base/result.h"
#include "sluice/base/shard.h"

namespace sluice::connectors::kafka {

/// A topic as the cluster describes it.
struct TopicShape {
  std::string id;  ///< the broker's own, "" when it gives none
  std::int32_t partitions = 0;
};

/// Questions to a cluster, over connections of their own: on the consumer's they would queue behind
/// a fetch that waits for data. One thread.
class Cluster {
 public:
  /// Connects when first asked.
  static Result<std::unique_ptr<Cluster>> create(const Connection& connection,
                                                 io::FileSystem& files);

  Client& client() { return *client_; }

  /// From now on the offsets of all topics are those of the shard's partitions.
  void keep_to(const Shard& shard) { shard_ = shard; }
  /// How many partitions of the topic that are; all without a shard.
  std::size_t partitions_of(const TopicShape& topic) const;

  /// All topics but Kafka's internal ones, and their partition counts; ids are empty.
  Result<std::map<std::string, TopicShape>> list(std::stop_token stop);

  /// Those of `topics` that exist.
  Result<std::map<std::string, TopicShape>> describe(const std::set<std::string>& topics,
                                                     std::stop_token stop);

  /// The offset of each partition in `asked`, whose values are kEarliestOffset, kLatestOffset or a
  /// time in milliseconds (-1 in the answer: no record is that young). One request a broker, all at
  /// once. Missing topics are left out. Latest is the last stable offset, unless the user reads
  /// uncommitted records.
  Result<TopicOffsets> offsets(const TopicOffsets& asked, std::stop_token stop);

  /// As offsets; with the time of each offset's record, in milliseconds since 1970, where a time
  /// was asked for (negative: not known), or -3 for the newest.
  using OffsetReceiver = std::function<void(const std::string& topic, std::int32_t partition,
                                            std::int64_t offset, std::int64_t time_ms)>;
  Status ask_offsets(const TopicOffsets& asked, std::stop_token stop,
                     const OffsetReceiver& receive);

  /// As offsets, every partition (of the shard) with the same question.
  Result<TopicOffsets> offsets(const std::map<std::string, TopicShape>& topics, std::int64_t ask,
                               std::stop_token stop);

  /// As offsets, among all that is written: with what open transactions hold back from those who
  /// read committed records.
  Result<TopicOffsets> written_offsets(const std::map<std::string, TopicShape>& topics,
                                       std::int64_t ask, std::stop_token stop);

  /// kUser: `topic` does not exist; with the nearest name.
  Error unknown_topic(const std::string& topic);

  /// Admin options with the connect timeout set.
  OwnedAdminOptions admin_options(rd_kafka_admin_op_t operation) const;

 private:
  explicit Cluster(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  std::shared_ptr<Client> client_;
  bool read_uncommitted_ = false;
  std::optional<Shard> shard_;
};

}  // namespace sluice::connectors::kafka
