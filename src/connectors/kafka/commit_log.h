#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "connector/claim.h"
#include "connector/sink.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/connection.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Where sinks note what they have published, unless they say another topic.
inline constexpr char kCommitsTopic[] = "_sluice_commits";

/// What the newest record of a sink in the commits topic says (docs/format/kafka.md).
struct CommitState {
  std::optional<connector::Head> head;
  std::string topic;     ///< that the batch went to
  std::string topic_id;  ///< the broker's; "": it gives none
  std::optional<connector::ClaimRecord> claim;
};

std::string commit_json(const CommitState& state);
/// Null: it is none.
std::optional<CommitState> parse_commit(std::string_view json);

/// Whether one of `topics` has notes of sinks among its newest records. Errors: those of a source.
Result<bool> holds_notes(const Connection& connection,
                         const std::map<std::string, TopicShape>& topics, io::FileSystem& files,
                         std::stop_token stop);

/// The compacted topic in which sinks note what they have published: each in the transaction that
/// publishes it, under a key of its own, so that the newest record of a key outlives everything.
/// Reads it; it is written by TopicWriters. One thread.
/// Errors: kUser (the topic may not be made or read), kTransient, kCorruption.
class CommitLog {
 public:
  /// Makes the topic when it is missing: kPartitions, compacted. kUser E_COMMITS_TOPIC when it is
  /// there and not compacted.
  static Result<std::unique_ptr<CommitLog>> open(const Connection& connection,
                                                 const std::string& topic, std::string key,
                                                 io::FileSystem& files);

  /// An open transaction hides what comes after it in its partition: sinks have one each, mostly.
  static constexpr std::int32_t kPartitions = 50;

  const std::string& topic() const { return topic_; }
  /// Of the key. It must not change: the topic keeps its number of partitions.
  std::int32_t partition() const { return partition_; }
  const std::string& key() const { return key_; }

  /// Whether no transaction is open in the topic, at some instant of the next two seconds.
  Result<bool> wait_until_settled();

  /// What the newest committed record of the key says, of all that were written when it was called:
  /// it waits for open transactions of other writers, which hide what comes after them.
  Result<CommitState> newest();

 private:
  CommitLog(Connection connection, std::string topic, std::string key, io::FileSystem& files)
      : connection_(std::move(connection)),
        topic_(std::move(topic)),
        key_(std::move(key)),
        files_(files) {}

  Status find_topic();
  void take_partition(std::int32_t partitions);
  Result<std::int64_t> offset(std::int64_t ask) { return offset(*cluster_, ask); }
  Result<std::int64_t> offset(Cluster& cluster, std::int64_t ask) const;
  Status look_back(std::int64_t end);
  Result<std::optional<CommitState>> read(std::int64_t from, std::int64_t end) const;

  const Connection connection_;  // for reading
  const std::string topic_;
  const std::string key_;
  io::FileSystem& files_;
  std::unique_ptr<Cluster> cluster_;    // asks for the end of all records, committed or not
  std::unique_ptr<Cluster> committed_;  // for the end of what no open transaction holds back
  std::optional<std::int64_t> read_;    // everything before it was; null: nothing yet
  CommitState state_;                   // as of read_
  std::int32_t partition_ = 0;
};

}  // namespace sluice::connectors::kafka
