#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/rehearsal/chaos_compare.h"
#include "app/rehearsal/rows_sink.h"

namespace sluice::app {

/// Keeps the rows of a sink in Parquet files of a folder, those of each batch under names of its
/// own: a batch that is made again replaces them.
class ShadowSink final : public UnpublishedSink {
 public:
  ShadowSink(std::filesystem::path folder, connector::UpsertKey upsert)
      : folder_(std::move(folder)), upsert_(std::move(upsert)) {}

  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;

  /// The columns of rows(); after open().
  const data::Schema& schema() const { return schema_; }
  /// SELECT of the rows that a target has of all that was staged.
  std::string rows(const End& end) const;

 private:
  std::vector<std::string> files() const;

  const std::filesystem::path folder_;
  const connector::UpsertKey upsert_;
  bool is_complete_ = false;
  bool is_kept_as_it_is_ = true;
  data::Schema written_;  // to files
  data::Schema schema_;
};

}  // namespace sluice::app
