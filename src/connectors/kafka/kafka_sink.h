#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/kafka/commit_log.h"
#include "connectors/kafka/outgoing_rows.h"
#include "connectors/kafka/staged_records.h"
#include "connectors/kafka/topic_admin.h"
#include "connectors/kafka/topic_writer.h"

namespace sluice::connectors::kafka {

struct KafkaSinkOptions {
  Connection connection;
  std::string topic;
  std::int32_t create_partitions = 0;  ///< of a missing topic; 0: it is an error
  RecordColumns columns;
  formats::ValueFormat value;
  std::string compression;       ///< "": as the properties say
  bool transactions = true;      ///< false: at least once
  std::string transactional_id;  ///< also the key in the commits topic
  std::string commits_topic;
};

/// Rows as records of a topic. A batch is staged in the checkpoint and published in one
/// transaction, with a record in the commits topic that says which batch it was
/// (docs/decisions/0021-kafka-sink.md). Its records are on their way before the batch is committed,
/// from check_claim() on; what the topic is known to refuse is refused when it is staged.
/// Without transactions all is sent by publish(), and it is at least once.
class KafkaSink final : public connector::Sink {
 public:
  KafkaSink(KafkaSinkOptions options, const connector::Context& context)
      : options_(std::move(options)), context_(context) {}

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  void keep_in(connector::StagedBytes& bytes) override { staged_ = &bytes; }
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override;
  Result<std::optional<connector::Claim>> claim() override;
  Status check_claim(const connector::Staged* next) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  connector::ChunkRequest request() const;
  Result<bool> probe_topic(connector::Probe& probe, Cluster& cluster, const std::string& topic,
                           bool may_make) const;
  Status probe_id(connector::Probe& probe, bool has_commits);
  Status find_topic();
  Status check_record(const RecordView& record, std::int64_t now_ms) const;
  void take_settings(const TopicSettings& settings);
  void refresh_settings();
  Status send_note(const std::string& json);
  CommitState state_with(const connector::Staged& staged) const;
  std::optional<connector::Head> head_of(const CommitState& state) const;
  Status ready();
  Status send_batch(const connector::Staged& staged);
  Status publish_in_transaction(const connector::Staged& staged);
  Status publish_plainly(const connector::Staged& staged);
  Status note(const CommitState& state);
  Status send_records(const connector::Staged& staged);
  Status send_piece(std::string_view piece);
  Status settled(Status outcome);
  static Status before_commit(Status outcome);
  Result<CommitState> newest_while_running();
  Error fenced_by(const connector::ClaimRecord& claim) const;

  const KafkaSinkOptions options_;
  const connector::Context context_;
  connector::StagedBytes* staged_ = nullptr;
  connector::OutputMode mode_ = connector::OutputMode::kAppend;
  std::int32_t partitions_ = 0;
  std::string topic_id_;
  std::unique_ptr<TopicAdmin> admin_;
  std::chrono::nanoseconds settings_read_{0};
  std::int64_t record_bytes_max_ = 0;
  /// What else the topic refuses, as far as the broker says.
  struct Limits {
    bool are_known = false;
    bool needs_key = false;
    std::int64_t past_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t future_ms = std::numeric_limits<std::int64_t>::max();
  };
  Limits limits_;
  /// The newest batch that was staged here, where it is small: needs not be read back.
  struct Held {
    data::BatchId batch = 0;
    std::string records;
  };
  std::optional<Held> held_;
  /// Made for the first batch, of rows of this schema.
  struct Outgoing {
    data::Schema schema;
    OutgoingRows rows;
  };
  std::optional<Outgoing> outgoing_;
  /// The plan's hash of the batch that is in the writer's open transaction, with its note; "": none
  /// is.
  std::string sent_;

  std::optional<connector::Writer> run_;  // null: not introduced
  std::optional<connector::KnownClaim> known_;
  std::int64_t epoch_ = 0;  // claimed; 0: not yet
  std::unique_ptr<CommitLog> log_;
  std::unique_ptr<TopicWriter> writer_;  // null: there is none that could go on
  /// What the commits topic says of this sink. Only the holder of the transactional id writes it,
  /// so it is true as long as writer_ is; whoever takes the id over makes the next commit fail.
  CommitState state_;
};

/// The kind `kafka`.
connector::SinkKind kafka_sink_kind();

}  // namespace sluice::connectors::kafka
