#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/sink.h"
#include "connectors/files/manifest.h"
#include "io/file_system.h"

namespace sluice::connectors {

struct FileSinkOptions {
  std::string path;  ///< the table's folder
  connector::FileFormat format = connector::FileFormat::kParquet;
  std::vector<std::string> partition_by;
  std::uint64_t rows_per_file = 0;   ///< 0: no limit
  std::string compression;           ///< "": the format's default
  std::uint64_t row_group_rows = 0;  ///< of Parquet; 0: DuckDB's
  bool csv_header = true;
  std::string csv_delimiter = ",";
  std::string csv_null;
};

/// A folder of Parquet, CSV or JSON lines files, by the layout of docs/format/files.md: staged
/// below `_staging`, renamed into place, committed by a manifest in `_batches`. Writes nothing but
/// files of its own names and removes nothing else. Append: files are added. Complete: each batch's
/// files replace those of the batch before, which are removed once the manifest stands.
class FileSink final : public connector::Sink {
 public:
  FileSink(FileSinkOptions options, const connector::Context& context);

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  /// Also refuses a folder in which this sink wrote other columns or in another mode before.
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_all_but(std::span<const connector::Staged> keep) override;

 private:
  Status give_staged_name(const std::string& folder, connector::WrittenFile& file);
  /// Where the staged file lies that becomes `relative`: its size and its path there. Null: gone.
  Result<std::optional<io::FileInfo>> find_staged(const std::string& relative) const;
  std::string manifest_path(data::BatchId batch) const;
  /// Manifests of the layout before go to their place in this one. Stopped in the middle, the next
  /// start goes on.
  Status move_old_manifests();
  Result<Manifest> read_manifest(const std::string& path) const;
  /// Paths of our manifests, oldest first.
  Result<std::vector<std::string>> manifest_paths() const;
  Result<std::optional<Manifest>> newest_manifest() const;
  Status check_manifest(const Manifest& ours, const Manifest& there) const;
  Status move_file(const ManifestFile& file);
  /// The same in a store.
  Status move_object(const ManifestFile& file);
  Status move_all(const std::vector<ManifestFile>& files);
  Status commit(const Manifest& manifest);
  /// Removes what the manifests in `older` name and `live` does not.
  Status remove_replaced(const std::vector<std::string>& older, const Manifest& live);
  Status remove_old_manifests();
  /// Aborts uploads and copies of ours that a kill left half done.
  Status discard_uploads();
  /// Removes what lies in `folder`, one for staged files, and is not in `kept`.
  Status discard_staged(const std::string& folder, const std::set<std::string>& kept);
  void remove_empty_folders(const std::string& folder, const std::set<std::string>& relative_files);

  const FileSinkOptions options_;
  const connector::Context context_;
  io::FileSystem& files_;
  const std::string writer_;  // "<pipeline>.<sink>", fit for a file name
  const std::string staging_;
  const std::string batches_;
  const std::string old_staging_;  // of the layout before: read, and emptied
  const std::string old_batches_;
  bool was_old_layout_ = false;  // set by open: old_staging_ is there
  std::string mode_;             // set by open
  std::string columns_;          // set by open
};

/// The kinds `parquet`, `csv`, `json_lines` and `file`.
std::vector<connector::SinkKind> file_sink_kinds();

}  // namespace sluice::connectors
