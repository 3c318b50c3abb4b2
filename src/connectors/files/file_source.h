#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/file_batch.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/file_pattern.h"
#include "connectors/files/file_scan.h"

namespace sluice::connectors {

struct FileSourceOptions {
  std::string path;
  bool recursive = false;
  FileOrder order = FileOrder::kName;
  std::int64_t files_per_trigger_max = 1000;
  Micros age_min = 0;  ///< files changed later than this long ago are left for a later batch
  ScanRules rules;
};

/// A file, or the files of a folder as a stream: each once, to the size it had when it was first
/// seen (rows appended later are not read, which is logged). A batch may end inside a file. The
/// records of the batch that latest() has found are kept for the read() that follows, so that each
/// byte is read once; other ranges are read again, and a file changed since is kCorruption.
class FileSource final : public connector::Source {
 public:
  FileSource(FileSourceOptions options, const connector::Context& context);

  const data::Schema& schema() const override { return file_columns(); }
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  Status freeze() override;
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  void release(const data::Offset& offset) override;
  Result<connector::Lag> lag(const data::Offset& from) override;

 private:
  struct Planned {
    data::Offset from;
    data::Offset to;
    std::unique_ptr<FileBatch> batch;
  };
  /// A file and the part of it that a range takes.
  struct Piece {
    OpenFile start;
    std::uint64_t end = 0;
  };

  Result<std::vector<SourceFile>> list_files();
  /// Files to read next, the open one (as it is now) first.
  Result<std::vector<OpenFile>> waiting(const FileOffset& from);
  Status check_open(const SourceFile& planned);
  void warn_of_changes(const FileOffset& from, const std::vector<SourceFile>& files);
  void warn_of_latecomers(const FileOffset& from, const std::vector<SourceFile>& files);
  Result<std::vector<Piece>> pieces(const FileOffset& from, const FileOffset& to) const;
  Status check_unchanged(const SourceFile& file) const;

  const FileSourceOptions options_;
  io::FileSystem& files_;
  const Clock& clock_;
  FilePattern pattern_;
  std::optional<std::vector<SourceFile>> frozen_;
  std::optional<Planned> planned_;
  std::set<std::string> warned_;  // files whose change was logged
  std::int64_t latecomers_ = 0;   ///< warned of
};

/// The kinds `csv`, `json_lines` and `files`.
std::vector<connector::SourceKind> file_source_kinds();

}  // namespace sluice::connectors
