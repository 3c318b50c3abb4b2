#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/config_value.h"
#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/kafka/cluster.h"
#include "connectors/kafka/fetcher.h"
#include "connectors/kafka/start_position.h"
#include "connectors/kafka/subscription.h"
#include "sluice/base/shard.h"

namespace sluice::connectors::kafka {

struct SourceSettings {
  FetchSettings fetch;
  std::vector<std::string> topics;  ///< or, when empty,
  std::string topic_pattern;
  StartPosition start;
  ConfigValue start_value;           ///< for messages
  std::optional<StartPosition> end;  ///< null: it never ends
  ConfigValue end_value;             ///< for messages
  std::chrono::milliseconds discover_every{0};
  /// Whose partitions are read; null: all.
  std::optional<Shard> shard{};
  /// `partitioned_by`, for messages: rows with the same values are in one shard, whatever the
  /// topic. A null value: not given.
  ConfigValue partitioned_by{};
};

/// Records of Kafka topics, or of a range of them. Offsets are the checkpoint's; the consumer is
/// assigned, never subscribed, and commits nothing but, on release, what lag tools need to see. A
/// batch has its records topic by topic, partition by partition, in the order of offsets. In a
/// shard it reads that one's partitions.
class KafkaSource final : public connector::Source {
 public:
  KafkaSource(SourceSettings settings, const connector::Context& context);
  ~KafkaSource() override;
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  const data::Schema& schema() const override;
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override;
  Result<data::Offset> initial() override;
  /// The end of a range is found out once in a checkpoint's life; again when the option changes.
  Result<connector::Resumed> resume(const connector::Remembered& past) override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status freeze_now() override;
  Status end_at(const connector::Remembered& place) override;
  connector::Ending ending(const data::Offset& from) const override;
  bool can_reread() const override { return true; }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  /// Of the topics that are read; a position also has those that were, and may be again.
  TopicOffsets wanted(const TopicOffsets& offsets) const;
  Status fetch_from(const TopicOffsets& from);
  bool has_keyed_shards() const;
  Status check_partition_counts() const;
  void warn_of_idling() const;
  void drop_fetcher();
  std::set<std::string> read_to_end(const Positions& at) const;
  Result<TopicOffsets> ends_now();
  Result<Positions::End> find_end();
  bool may_start_later() const;
  Status check_begins_before_end(const TopicOffsets& starts) const;
  static void raise_ends(const TopicOffsets& starts, TopicOffsets& ends);
  Result<bool> add_ends(const Positions& at);
  Status leave_out_empty(const Positions& at);
  static void stop_at(const TopicOffsets& caps, const TopicOffsets& from, TopicOffsets& ends);
  Result<Positions> next_positions(const Positions& from);
  std::optional<Positions> arrived_positions(const Positions& from);
  void note_held_back(const TopicOffsets& ends);
  Status confirm_topics(const Positions& end, const TopicOffsets& starts);
  std::set<PartitionKey> reached_ends(const TopicOffsets& at) const;
  Status check_not_behind(const TopicOffsets& from, TopicOffsets& ends);
  /// `ends`, as far as `limit` allows it from `known` on.
  Result<TopicOffsets> limited(const TopicOffsets& known, TopicOffsets ends,
                               const data::ReadLimit& limit);
  Error explain(FetchFailure failure);
  std::map<std::string, std::string> topic_ids() const;

  const std::string name_;  // the source's
  SourceSettings settings_;
  const Clock& clock_;
  io::FileSystem& files_;
  std::stop_token stop_;  ///< of open(): ends what has no token of its own
  std::unique_ptr<Cluster> cluster_;
  Subscription subscription_;
  std::shared_ptr<Fetcher> fetcher_;
  TopicOffsets ends_;                       ///< as of the last latest()
  std::chrono::nanoseconds ends_asked_{0};  ///< when the brokers were asked for ends last
  std::set<PartitionKey> held_back_;        ///< by open transactions, as of ends_asked_
  bool is_at_hand_ = false;                 ///< the last latest() has asked nobody
  std::optional<TopicOffsets> frozen_;
  bool reads_again_ = false;  // up to frozen_, where another run is
  std::optional<Positions::End>
      range_end_;  ///< with the option `end`, from initial() or resume() on
};

}  // namespace sluice::connectors::kafka
