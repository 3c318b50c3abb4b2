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

/// What the files of a folder are.
enum class FolderFormat : unsigned char { kParquet, kCsv, kJsonLines };

struct FileSinkOptions {
  std::string path;  ///< the table's folder
  FolderFormat format = FolderFormat::kParquet;
  std::vector<std::string> partition_by;
  std::uint64_t rows_per_file = 0;   ///< 0: no limit
  std::string compression;           ///< "": the format's default
  std::uint64_t row_group_rows = 0;  ///< of Parquet; 0: DuckDB's
  bool csv_header = true;
  std::string csv_delimiter = ",";
  std::string csv_null;
};

/// A folder of Parquet, CSV or JSON lines files, by the layout of docs/format/files.md: staged
/// below `_staging`, in a folder of the claim that they are staged under, renamed into place,
/// committed by a manifest in `_batches`. Writes nothing but files of its own names and removes
/// nothing else. Append: files are added. Complete: each batch's files replace those of the batch
/// before, which are removed once the manifest is there.
class FileSink final : public connector::Sink {
 public:
  FileSink(FileSinkOptions options, const connector::Context& context);

  Status check(const data::Schema& schema, connector::OutputMode mode) const override;
  Status probe(const data::Schema& schema, connector::OutputMode mode,
               connector::Probe& probe) override;
  /// Also refuses a folder in which this sink wrote other columns or in another mode before.
  Status open(const data::Schema& schema, connector::OutputMode mode) override;
  void introduce(const connector::Writer& writer,
                 const std::optional<connector::KnownClaim>& known) override;
  /// A small file beside the manifests, with put-if-absent.
  Result<std::optional<connector::Claim>> claim() override;
  /// Also when another run has written a manifest since this one looked: that one lost its claim
  /// between looking and writing.
  Status check_claim(const connector::Staged* next) override;
  Status withdraw(const connector::Staged& staged) override;
  Result<connector::Staged> stage(data::BatchId batch, connector::BatchTable& rows) override;
  Status publish(const connector::Staged& staged) override;
  Result<std::optional<connector::Head>> head() override;
  Status discard_staged() override;

 private:
  /// What `_batches/<writer>.d` has: manifests, oldest first, and the claims' epochs, ascending.
  struct Log {
    std::vector<std::string> manifests;
    std::vector<std::int64_t> epochs;
    std::int64_t newest_epoch() const { return epochs.empty() ? 0 : epochs.back(); }
    data::BatchId newest_batch() const;  // -1: none
  };

  /// Writes the rows where nobody sees them, as hidden files of names that no other batch has.
  Result<std::vector<connector::WrittenFile>> write_hidden(data::BatchId batch,
                                                           connector::BatchTable& rows,
                                                           const std::string& folder) const;
  Status give_staged_name(const std::string& folder, connector::WrittenFile& file);
  /// Where the file that becomes `relative` is staged.
  static std::string staged_path(const std::string& staging, const std::string& relative);
  /// The staged file, there or in the layout before: its size and its path. Null: gone.
  Result<std::optional<io::FileInfo>> find_staged(const std::string& staging,
                                                  const std::string& relative) const;
  std::string manifest_path(data::BatchId batch) const;
  std::string claim_path(std::int64_t epoch) const;
  /// Manifests of the layout before go to their place in this one. Stopped in the middle, the next
  /// start goes on.
  Status move_old_manifests();
  Result<Manifest> read_manifest(const std::string& path) const;
  Result<Log> look() const;
  Result<std::optional<Manifest>> newest_of(const Log& log) const;
  Result<std::optional<connector::ClaimRecord>> read_claim(std::int64_t epoch) const;
  Status check_epoch(const Log& log) const;
  Result<std::optional<connector::Claim>> hold(const Log& log, std::int64_t epoch, bool is_new,
                                               bool took_over);
  Status remove_old_claims(const Log& log);
  /// Files that another run's unfinished publish() has put where readers look.
  Status find_orphans(const Log& log);
  Status remove_orphans(const Manifest& published);
  /// `manifest` says below which folder its files are staged.
  std::string staging_of(const Manifest& manifest) const;
  Status publish_manifest(const Manifest& manifest, const std::string& staging);
  /// Whether a file of this name can only be this writer's.
  bool is_own_part(std::string_view name) const;
  Status move_back(const std::string& staging, const std::vector<ManifestFile>& files);
  Status check_manifest(const Manifest& ours, const Manifest& there) const;
  /// `staging` has the file.
  Status move_file(const std::string& staging, const ManifestFile& file);
  /// The same in a store.
  Status move_object(const std::string& staging, const ManifestFile& file);
  Status move_all(const std::string& staging, const std::vector<ManifestFile>& files);
  Status commit(const Manifest& manifest);
  /// Removes what the manifests in `older` name and `live` does not.
  Status remove_replaced(const std::vector<std::string>& older, const Manifest& live);
  Status remove_old_manifests(const Log& log);
  /// Aborts uploads and copies of ours that a kill left half done.
  Status discard_uploads(data::BatchId newest);
  /// Whether a staged file, relative to the staging folder, is this checkpoint's or one that nobody
  /// can publish any more.
  bool may_discard(const std::string& relative, data::BatchId newest) const;
  /// Removes what lies in `folder`, one for staged files, and may be discarded.
  Status discard_in(const std::string& folder, data::BatchId newest);
  void remove_empty_folders(const std::string& folder, const std::set<std::string>& relative_files);

  const FileSinkOptions options_;
  const connector::Context context_;
  io::FileSystem& files_;
  const std::string writer_;  // "<pipeline>.<sink>", fit for a file name
  const std::string staging_;
  const std::string batches_;
  const std::string old_staging_;  // of the layout before: read, and emptied
  const std::string old_batches_;
  bool was_old_layout_ = false;                 // set by open: old_staging_ is there
  std::optional<connector::Writer> run_;        // null: not introduced
  std::optional<connector::KnownClaim> known_;  // what the checkpoint claimed
  std::int64_t epoch_ = 0;                      // held; 0: none
  data::BatchId head_ = -1;                     // the newest manifest that is known, with a claim
  std::string tried_;                           // hash of the newest batch that publish() began
  std::vector<std::string> orphans_;            // relative to the table
  std::string mode_;                            // set by open
  std::string columns_;                         // set by open
};

/// The kinds `parquet`, `csv`, `json_lines` and `file`.
std::vector<connector::SinkKind> file_sink_kinds();

}  // namespace sluice::connectors
