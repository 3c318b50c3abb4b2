#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/inbox.h"
#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/cassandra/scan_plan.h"
#include "connectors/cassandra/scanner.h"

namespace sluice::connectors::cassandra {

/// The rows of a table or query: once, or again and again those that are new by a growing column.
/// Cassandra has no snapshots and gives nothing twice in the same order, so a thread scans into an
/// inbox in the checkpoint's folder, and batches read that (docs/decisions/0024-cassandra.md).
class CassandraSource final : public connector::Source {
 public:
  CassandraSource(ScanSettings settings, std::uint64_t buffer_bytes,
                  const connector::Context& context);

  const data::Schema& schema() const override { return no_columns_; }
  bool has_payload() const override { return true; }
  Result<std::unique_ptr<data::Decoder>> decoder() override;
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override;
  Result<data::Offset> initial() override { return inbox_.initial(); }
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status freeze_now() override;
  connector::Ending ending(const data::Offset& from) const override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override { inbox_.release(offset); }
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  Status connect(std::stop_token stop);
  /// kUser unless the checkpoint has read what the options name now.
  Status check_past() const;
  Status start_scanner(const data::Offset& from);
  Result<data::Offset> visible(const data::Offset& from, const data::ReadLimit& limit);

  const ScanSettings settings_;
  const std::string folder_;
  const std::string former_folder_;
  const Clock& clock_;
  io::FileSystem& files_;
  const data::Schema no_columns_;
  connector::Inbox inbox_;
  std::shared_ptr<Cluster> cluster_;
  std::optional<ScanPlan> plan_;
  std::optional<ScanProgress> progress_;  // of the earlier process, until the scanner has it
  std::optional<Micros> frozen_at_;
  std::optional<std::int64_t> drained_end_;
  bool has_waited_ = false;           // for the first rows of the run
  std::unique_ptr<Scanner> scanner_;  // from the first latest() on: it says which numbers are next
};

/// The kind `cassandra`.
connector::SourceKind cassandra_source_kind();

}  // namespace sluice::connectors::cassandra
