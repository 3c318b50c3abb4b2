#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/composition/scratch_folder.h"
#include "app/composition/source_composition.h"
#include "base/clock.h"
#include "base/random.h"
#include "config/pipeline_file.h"
#include "connectors/console/show_table.h"
#include "io/file_system.h"
#include "io/spool.h"
#include "sluice/base/result.h"
#include "sluice/transfer.h"
#include "sql/duckdb/database.h"
#include "sql/scan/scan.h"

namespace sluice::app {

/// The first rows of a source as a pipeline would see them: its connector, its decoder and its
/// scan, without an engine and without its checkpoint. One thread, once.
class SourceSample {
 public:
  /// `request` outlives it.
  explicit SourceSample(const ShowRequest& request) : request_(request) {}

  Result<ShownSource> take(const std::stop_token& stop);

 private:
  Result<config::PipelineFile> read_file();
  Result<const config::SourceEntry*> find_source(const config::PipelineFile& file) const;
  Status open(const std::stop_token& stop);
  Status define();
  /// What shows the rows of `table`: bytes that are a text are shown as one.
  std::string select_from(const std::string& table) const;
  Status read_batches(const std::stop_token& stop);
  Status add_batch(const data::RecordBatch& batch);
  Status add_rows(const std::string& select);
  Status add_undecoded(const data::RecordBatch& batch);
  bool wants_more() const;

  const ShowRequest& request_;
  ScratchFolder scratch_;
  SystemClock clock_;
  SystemRandom random_;
  connector::Registry registry_ = all_connectors();
  config::PipelineFile file_;
  std::unique_ptr<io::FileSystem> files_;
  std::unique_ptr<io::Spool> spool_;
  MadeSource made_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<sql::Session> session_;
  std::unique_ptr<sql::Scan> scan_;  // null: of Parquet files
  data::Schema schema_;
  std::unique_ptr<connectors::ShowTable> table_;
  bool has_more_ = false;
  std::int64_t records_ = 0;
  ShownSource shown_;
};

}  // namespace sluice::app
