#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/cassandra/row_writes.h"

namespace sluice::connectors::cassandra {

struct SinkSettings {
  ClusterSettings cluster;
  TableName table;
  std::string commits_table;
  std::string ttl;  ///< column; "": none
  bool writes_nulls = true;
  std::size_t batch_bytes = 0;
  std::uint32_t parallel = 1;
};

/// Rows into a table, each in the place of the one with its primary key. What a batch writes is
/// staged in the checkpoint with timestamps that are fixed there, so that writing it again changes
/// nothing and never overwrites what somebody has written since. Last comes the sink's row in the
/// table of commits, for people and for the next timestamp (docs/format/cassandra.md).
class CassandraSink final : public connector::Sink {
 public:
  CassandraSink(SinkSettings settings, const connector::Context& context);

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  void keep_in(connector::StagedBytes& bytes) override { staged_ = &bytes; }
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  Status prepare(const data::Schema& schema, connector::OutputMode mode);
  Status open_commits();
  Status note(const connector::Staged& staged, Micros last);

  const SinkSettings settings_;
  const connector::UpsertKey upsert_;
  const std::string pipeline_;
  const std::string name_;
  const Clock& clock_;
  connector::StagedBytes* staged_ = nullptr;
  std::string writer_text_;
  std::shared_ptr<Cluster> cluster_;
  std::optional<RowWrites> writes_;
  std::unique_ptr<Writer> writer_;  // of the statements of writes_ and the note
  bool one_timestamp_ = false;      // rows of a batch have different keys
  Micros last_timestamp_ = 0;       // of the newest batch that is published or staged
};

/// The kind `cassandra`.
connector::SinkKind cassandra_sink_kind();

}  // namespace sluice::connectors::cassandra
