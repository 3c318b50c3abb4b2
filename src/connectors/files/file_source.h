#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/file_batch.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/file_scan.h"
#include "connectors/files/folder_stream.h"
#include "io/unpacked_file.h"

namespace sluice::connectors {

struct FileSourceOptions : FolderOptions {
  ScanRules rules;
};

/// A file, or the files of a folder as a stream: each once, to the size it had when it was first
/// seen (rows appended later are not read, which is logged), a compressed one to its own end. A
/// batch may end inside a file; a compressed one is then unpacked from its beginning after a
/// restart. The
/// records of the batch that latest() has found are kept for the read() that follows, so that each
/// byte is read once; other ranges are read again, and a file changed since is kCorruption.
class FileSource final : public connector::Source {
 public:
  /// `pace`: of records that are played back; null: all are there at once.
  FileSource(FileSourceOptions options, const connector::Context& context,
             std::unique_ptr<ReplayPace> pace = nullptr);

  const data::Schema& schema() const override { return file_columns(); }
  bool has_payload() const override { return true; }
  Status open(std::stop_token stop) override;
  Status probe(connector::Probe& probe) override { return stream_.probe(probe); }
  Result<data::Offset> initial() override;
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit) override;
  /// Nothing is played back any more: what is there is all there is.
  Status freeze() override {
    if (pace_) pace_->end();
    return stream_.freeze();
  }
  Status freeze_now() override {
    if (pace_) pace_->hold();
    return stream_.freeze();
  }
  Status end_at(const connector::Remembered& place) override { return stream_.end_at(place); }
  Result<connector::Resumed> resume(const connector::Remembered& past) override {
    return stream_.resume(past);
  }
  Result<std::string> log_entry(const data::Offset& from, const data::Offset& to) override {
    return stream_.log_entry(from, to);
  }
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from, const data::Offset& to,
                                                  std::stop_token stop) override;
  bool is_slow() const override { return !files_.is_local(stream_.options().path); }
  void release(const data::Offset& /*offset*/) override {}
  /// In files: how many records are in them is not known before they are read.
  Result<connector::Lag> lag(const data::Offset& from) override { return stream_.lag(from); }
  /// A store is asked once a second: looking costs money there.
  void wait_for_data(const data::Offset& from, std::chrono::milliseconds wait, std::stop_token stop,
                     const Clock& clock) override;

 private:
  struct Planned {
    data::Offset from;
    data::Offset to;
    std::unique_ptr<FileBatch> batch;
  };

  /// Fills `batch` and moves `offset` on. False: nothing is there yet.
  Result<bool> take(const data::ReadLimit& limit, FileBatch& batch, FileOffset& offset);
  /// For a compressed file, else null; lives until the next call.
  io::UnpackedFile* unpacked(const std::string& path);

  const ScanRules rules_;
  io::FileSystem& files_;
  FolderStream stream_;
  const std::unique_ptr<ReplayPace> pace_;
  std::optional<data::Offset> waits_at_;        // before a record that is not due; null: elsewhere
  std::unique_ptr<io::UnpackedFile> unpacked_;  // the compressed file that is being read
  std::optional<Planned> planned_;
};

/// The kinds `csv`, `json_lines` and `files`.
std::vector<connector::SourceKind> file_source_kinds();

}  // namespace sluice::connectors
