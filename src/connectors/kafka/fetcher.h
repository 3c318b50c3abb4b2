#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/client.h"
#include "connectors/kafka/group_commits.h"
#include "connectors/kafka/positions.h"
#include "connectors/kafka/record_reader.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// How a Fetcher reads.
struct FetchSettings {
  Connection connection;
  std::string group;                ///< consumer group whose offsets are committed; "" none
  std::int64_t prefetch_bytes = 0;  ///< payload that librdkafka may hold in advance, in all
  std::chrono::milliseconds stall_timeout{0};  ///< without any progress
};

/// A partition of a topic.
using PartitionKey = std::pair<std::string, std::int32_t>;

/// Takes some records of one partition, in order. Their bytes are gone when it returns; who needs
/// them longer keeps their memory, which they share; null: they have none of that kind.
using RecordReceiver = std::function<void(
    const PartitionKey& from, rd_kafka_message_memory_t* memory, std::span<const Record> records)>;

/// Why a partition's records do not come: for the caller to explain, who can ask the cluster.
struct FetchFailure {
  enum class Reason : unsigned char { kLostOffset, kMissingTopic, kOther };
  Reason reason = Reason::kOther;
  PartitionKey partition;
  std::int64_t wanted = 0;  ///< offset
  Error error;
};

/// A consumer with a fixed assignment. librdkafka fetches ahead in its own threads into one queue a
/// partition, record batch by record batch; the records are read from them only here. It only goes
/// forward: to go back, make another one. Engine thread only. Who keeps the memory of records keeps
/// the fetcher.
class Fetcher {
 public:
  /// Starts fetching at `from`.
  static Result<std::shared_ptr<Fetcher>> start(const FetchSettings& settings,
                                                const TopicOffsets& from, io::FileSystem& files);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// The next record to come of each partition of `from` is the one there, and no other partitions
  /// are assigned.
  bool is_at(const TopicOffsets& from) const;

  /// Gives `receive` the records of each partition in `to` before the offset there. The order
  /// within a partition is that of offsets, partitions take turns. Blocks until all are there;
  /// kCancelled on `stop`, kTransient when nothing comes for the stall timeout. After an error the
  /// fetcher is of no more use. Null: all went well.
  std::optional<FetchFailure> drain(const TopicOffsets& to, std::stop_token stop,
                                    const RecordReceiver& receive);

  /// Blocks until a record is there that drain() has not given, of a partition that is not among
  /// `without`, `wait` is over or `stop`.
  void wait(std::chrono::milliseconds wait, const std::set<PartitionKey>& without,
            std::stop_token stop);

  /// Where what has come of each partition ends; null unless that is all that the brokers' newest
  /// answers know of. So it is where the partition ended a moment ago: a record that a transaction
  /// holds back is known and has not come. Takes over a few records; asks nobody.
  std::optional<TopicOffsets> arrived();

  /// Offsets up to `to` before which about `bytes` bytes of records lie: of each partition
  /// its share of what is there, and at least one record in all. Goes by the records themselves,
  /// which are held for the drain() that follows; waits up to `wait` for those that have not come,
  /// and leaves them out then. Null: no record came.
  std::optional<TopicOffsets> cut_to_bytes(const TopicOffsets& to, std::int64_t bytes,
                                           std::chrono::milliseconds wait, std::stop_token stop);

  /// End of a partition as of the newest answer of its broker, or null. Asks nobody.
  std::optional<std::int64_t> known_end(const std::string& topic, std::int32_t partition) const;

  /// The time of the oldest record, in milliseconds since 1970, that drain() has not given of these
  /// partitions; null: of one of them none is here, or has a time. Asks nobody.
  std::optional<std::int64_t> oldest_time_ms(const std::vector<PartitionKey>& partitions);

  /// Offsets of the consumer group, for lag tools.
  GroupCommits& commits() { return *commits_; }

  /// Stops fetching; records that were given stay valid.
  void stop();

  /// Records that came though they lie before the wanted offset. They are never given out.
  std::int64_t dropped() const { return dropped_; }

 private:
  /// Records that are read in a row: few enough to be in the cache when they are looked at.
  static constexpr std::size_t kReadRecords = 256;

  /// A record batch, or a single record, of which some was not given out yet.
  struct Held {
    OwnedMessage message;
    RecordReader reader;
  };
  struct Partition {
    OwnedQueue queue;
    std::int64_t next = 0;             ///< everything before it was given out
    std::int64_t fetched = 0;          ///< everything before it was given out or is in `held`
    std::int64_t message_records = 1;  ///< that the newest message brought
    std::deque<Held> held;  ///< what came; between calls, what lies after what was asked for
  };

  Fetcher() = default;
  Status assign(const TopicOffsets& from);
  /// A partition that has not given all that drain() was asked for.
  struct Open {
    const PartitionKey* key;
    Partition* partition;
    std::int64_t to;
  };

  struct Portion;
  std::vector<Portion> portions(const TopicOffsets& to, std::int64_t bytes);
  void extend(Portion& portion, std::int64_t& left);

  std::optional<FetchFailure> begin_drain(const TopicOffsets& to, const RecordReceiver& receive,
                                          std::vector<Open>& open);
  std::optional<FetchFailure> drain_round(std::vector<Open>& open, const RecordReceiver& receive,
                                          bool& any);
  std::optional<FetchFailure> pull(const PartitionKey& key, Partition& partition,
                                   std::int64_t records, bool& any);
  std::optional<FetchFailure> take(const PartitionKey& key, Partition& partition,
                                   OwnedMessage message);
  std::optional<FetchFailure> give(const PartitionKey& key, Partition& partition, std::int64_t to,
                                   const RecordReceiver& receive);
  void sleep(std::chrono::milliseconds wait);
  static void drain_event(int fd);
  /// Nothing has come for so long.
  Error stalled(const Open& open, std::chrono::milliseconds waited) const;
  static std::optional<FetchFailure> failure_of(const PartitionKey& key,
                                                const rd_kafka_message_t& message);
  bool pump(const std::set<PartitionKey>& without);

  std::shared_ptr<Client> client_;
  std::chrono::milliseconds stall_timeout_{0};
  std::map<PartitionKey, Partition> partitions_;
  std::optional<GroupCommits> commits_;
  int wake_ = -1;  ///< eventfd that librdkafka writes to when an empty queue gets a record
  std::int64_t dropped_ = 0;
  std::vector<Record> records_;  ///< room for records on their way
  /// What pump() met; the next drain() of the partition reports it.
  std::map<PartitionKey, FetchFailure> failures_;
};

}  // namespace sluice::connectors::kafka
