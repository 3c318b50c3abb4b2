#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/local_copies.h"
#include "connector/parquet_footer.h"
#include "connector/parquet_times.h"
#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/folder_stream.h"
#include "connectors/files/replay_pace.h"

namespace sluice::connectors {

struct ParquetSourceOptions : FolderOptions {
  data::Schema schema;              ///< empty: those of the first file
  bool fail_on_new_column = false;  ///< else columns that the schema lacks are skipped
  /// A file whose footer is still missing so long after its last change is an error.
  Micros complete_within = 0;
};

/// Parquet files as a stream: each read once. A batch takes whole files; where a number of records
/// is the limit it may end inside one, at a row. A file without a complete footer is being written:
/// later ones are read before it.
class ParquetSource final : public connector::Source {
 public:
  /// `pace`: of rows that are played back; null: all are there at once.
  ParquetSource(ParquetSourceOptions options, const connector::Context& context,
                std::unique_ptr<ReplayPace> pace = nullptr);

  const data::Schema& schema() const override { return data::parquet_columns(); }
  bool has_payload() const override { return false; }
  bool is_columnar() const override { return true; }
  Result<data::ParquetRows> outline() override;
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override { return stream_.probe(probe); }
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override {
    if (pace_) pace_->end();
    return stream_.freeze();
  }
  Status freeze_now() override {
    if (pace_) pace_->hold();
    return stream_.freeze();
  }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  bool is_slow() const override { return !context_.files.is_local(options_.path); }
  void release(const data::Offset& /*offset*/) override {}
  Status end_at(const connector::Remembered& place) override {
    return stream_.end_at(place, /*in_bytes=*/false);
  }
  Result<connector::Resumed> resume(const connector::Remembered& past) override {
    return stream_.resume(past);
  }
  Result<std::string> log_entry(const data::Offset& from, const data::Offset& to) override {
    return stream_.log_entry(from, to);
  }
  /// How many rows are in the files is not known before their footers are read.
  Result<connector::Lag> lag(const data::Offset& from) override { return stream_.lag(from); }
  /// A store is asked once a second: looking costs money there.
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  /// Rows of one file, from `first` to before `end` of `rows`.
  struct Part {
    SourceFile file;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::uint64_t rows = 0;
  };
  struct Planned {
    data::Offset from;
    data::Offset to;
    std::vector<Part> parts;
  };

  /// Null: the file is not complete, and is waited for.
  Result<std::optional<connector::ParquetFooter>> footer_of(const SourceFile& file);
  Status check_columns(const SourceFile& file, const connector::ParquetFooter& footer);
  /// Adds to the offset what a batch takes of the files, and gives it.
  Result<std::vector<Part>> take(const data::ReadLimit& limit, FileOffset& offset);
  /// How far the file may be read from the row `first` on: to the end of a row group, or not at
  /// all; to its last row where nothing is played back.
  Status find_times(const SourceFile& file);
  Result<std::uint64_t> due_end(const SourceFile& file, std::uint64_t first, std::uint64_t rows);
  Result<std::vector<Part>> parts_between(const data::Offset& from, const data::Offset& to);

  const ParquetSourceOptions options_;
  const connector::Context context_;
  FolderStream stream_;
  connector::LocalCopies outline_copies_;
  std::map<std::string, std::string>
      columns_;                   // of the schema, by lower case; empty: not known yet
  std::set<std::string> warned_;  // files and columns that were logged
  std::optional<Planned> planned_;

  const std::unique_ptr<ReplayPace> pace_;
  bool waits_ = false;                    // the batch ends before rows that are not due
  std::optional<data::Offset> waits_at_;  // before such rows; null: elsewhere
  std::optional<SourceFile> timed_;       // the file that `times_` is of
  std::vector<connector::RowGroupTimes> times_;
};

/// The kind `parquet`.
connector::SourceKind parquet_source_kind();

}  // namespace sluice::connectors
