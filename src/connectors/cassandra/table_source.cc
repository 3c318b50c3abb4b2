#include "connectors/cassandra/table_source.h"

#include <utility>
#include <vector>

namespace sluice::connectors::cassandra {
namespace {

data::Offset offset_of_scan(std::int64_t scan) {
  return {"{\"scan\":" + std::to_string(scan) + "}"};
}

class ScannedRows final : public data::RecordBatch {
 public:
  explicit ScannedRows(std::string origin) : origin_(std::move(origin)) {}

  void add(Page page) {
    for (const std::string_view row : page.rows) {
      payloads_.push_back({row.data(), static_cast<std::uint32_t>(row.size())});
      bytes_ += row.size();
    }
    pages_.push_back(std::move(page.bytes));
  }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  void write_column(std::size_t /*column*/, std::span<const std::uint32_t> /*rows*/,
                    data::VectorWriter& /*out*/) const override {}
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = origin_;
    origin.offset = static_cast<std::int64_t>(row);
    return origin;
  }
  std::size_t bytes() const override { return bytes_ + payloads_.size() * sizeof(data::Payload); }

 private:
  const std::string origin_;
  std::vector<std::shared_ptr<const void>> pages_;
  std::vector<data::Payload> payloads_;  // point into pages_
  std::size_t bytes_ = 0;
};

}  // namespace

Status TableSource::connect(std::stop_token stop) {
  if (!cluster_) {
    SLUICE_ASSIGN(cluster_, Cluster::connect(settings_.cluster, stop));
  }
  if (!plan_) {
    SLUICE_ASSIGN(plan_, ScanPlan::make(settings_, *cluster_, stop));
  }
  return {};
}

Result<std::unique_ptr<data::Decoder>> TableSource::decoder() {
  SLUICE_TRY(connect({}));
  return {std::make_unique<CqlDecoder>(plan_->columns(), settings_.null_bad_fields)};
}

Result<data::Offset> TableSource::initial() { return offset_of_scan(0); }

Result<data::Offset> TableSource::latest(const data::Offset& /*from*/,
                                         const data::ReadLimit& /*limit*/) {
  return offset_of_scan(++scans_);
}

Result<std::unique_ptr<data::RecordBatch>> TableSource::read(const data::Offset& /*from*/,
                                                             const data::Offset& /*to*/,
                                                             std::stop_token stop) {
  std::map<std::uint32_t, std::string> ranges;
  for (std::uint32_t range = 0; range < plan_->ranges(); ++range) ranges[range] = "";
  SLUICE_ASSIGN(const auto scan, cluster_->scan(plan_->request(ranges, std::nullopt), stop));
  auto rows = std::make_unique<ScannedRows>(settings_.subject());
  while (true) {
    SLUICE_ASSIGN(Page page, scan->next(kPageWait));
    if (stop.stop_requested()) return Error{Kind::kCancelled, "stopped"};
    if (page.ended) return std::unique_ptr<data::RecordBatch>(std::move(rows));
    if (page.found) rows->add(std::move(page));
  }
}

}  // namespace sluice::connectors::cassandra
