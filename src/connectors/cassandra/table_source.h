#pragma once

#include <memory>
#include <optional>

#include "connector/source.h"
#include "connectors/cassandra/scan_plan.h"

namespace sluice::connectors::cassandra {

/// A table or query as a table of the pipeline: each read() is a scan of its own, whose rows are
/// held in memory until the table is made of them. Offsets only count the scans.
class TableSource final : public connector::Source {
 public:
  explicit TableSource(ScanSettings settings) : settings_(std::move(settings)) {}

  const data::Schema& schema() const override { return no_columns_; }
  bool has_payload() const override { return true; }
  Result<std::unique_ptr<data::Decoder>> decoder() override;
  Status open(std::stop_token stop) override { return connect(std::move(stop)); }
  Status probe(connector::Probe& probe) override {
    return probe_scan(settings_, cluster_, plan_, probe);
  }
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override { return {}; }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& /*offset*/) override {}
  Result<connector::Lag> lag(const data::Offset& /*from*/) override { return connector::Lag{}; }

 private:
  Status connect(std::stop_token stop);

  const ScanSettings settings_;
  const data::Schema no_columns_;
  std::shared_ptr<Cluster> cluster_;
  std::optional<ScanPlan> plan_;
  std::int64_t scans_ = 0;
};

}  // namespace sluice::connectors::cassandra
