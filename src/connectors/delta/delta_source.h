#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/delta/delta_offset.h"
#include "connectors/delta/delta_versions.h"
#include "lake/table.h"

namespace sluice::connectors {

/// All rows of the newest version, then what changes.
struct StartWithTable {};
/// What changes after the newest version.
struct StartLatest {};
/// The changes of this version and of those after it.
struct StartVersion {
  std::int64_t version = 0;
};
/// As StartVersion, with the first version of this time or later.
struct StartTime {
  std::int64_t milliseconds = 0;
};
using DeltaStart = std::variant<StartWithTable, StartLatest, StartVersion, StartTime>;

struct DeltaSourceOptions {
  std::string path;
  DeltaStart start;
  DeltaChangeRules rules;
  std::int64_t files_per_trigger_max = 1000;
};

/// A Delta table as a stream: its rows, version by version. A batch takes whole files.
class DeltaSource final : public connector::Source {
 public:
  DeltaSource(DeltaSourceOptions options, const connector::Context& context);

  const data::Schema& schema() const override { return data::parquet_columns(); }
  bool has_payload() const override { return false; }
  bool is_columnar() const override { return true; }
  Result<data::ParquetRows> outline() override;
  Status open(std::stop_token stop) override;
  Result<data::Offset> initial() override;
  /// kCorruption E_TABLE_REPLACED when another table lies at the path now.
  Result<connector::Resumed> resume(const connector::Remembered& past) override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Status end_at(const connector::Remembered& place) override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  bool is_slow() const override { return !context_.files.is_local(options_.path); }
  void release(const data::Offset& /*offset*/) override {}
  Result<connector::Lag> lag(const data::Offset& from) override;
  /// A store is asked once a second: looking costs money there.
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  struct Planned {
    data::Offset from;
    data::Offset to;
    std::vector<VersionFile> files;
  };

  /// Opens the table and notes its columns, once.
  Status connect();
  /// The newest version that counts.
  Result<std::int64_t> newest();
  Result<DeltaOffset> parse(const data::Offset& offset);
  Result<std::vector<VersionFile>> files_between(const data::Offset& from, const data::Offset& to);
  Result<std::uint64_t> count_of(const VersionFile& file);

  const DeltaSourceOptions options_;
  const connector::Context context_;
  std::unique_ptr<lake::Table> table_;
  std::unique_ptr<DeltaVersions> versions_;
  std::string checkpoint_ = "CHECKPOINT";  // its folder, for messages
  std::optional<std::int64_t> frozen_;
  std::optional<Planned> planned_;
};

/// The kind `delta`.
connector::SourceKind delta_source_kind();

}  // namespace sluice::connectors
