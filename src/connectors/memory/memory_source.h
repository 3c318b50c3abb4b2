#pragma once

#include <memory>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/memory/memory_store.h"

namespace sluice::connectors {

/// Reads a MemoryStream: payloads, and the record's number as the own column `offset`. An offset is
/// the number of records before it: {"offset":12}.
class MemorySource final : public connector::Source {
 public:
  /// `stream` outlives the source.
  explicit MemorySource(MemoryStream& stream) : stream_(stream) {}

  const data::Schema& schema() const override;
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status end_at(const connector::Remembered& place) override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  /// Records that latest() may let through.
  std::int64_t end() const;

  MemoryStream& stream_;
  std::optional<std::int64_t> frozen_end_;
};

/// The kind `memory` for the registry.
connector::SourceKind memory_source_kind();

}  // namespace sluice::connectors
