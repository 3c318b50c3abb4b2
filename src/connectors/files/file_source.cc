#include "connectors/files/file_source.h"

#include <algorithm>
#include <utility>

namespace sluice::connectors {

FileSource::FileSource(FileSourceOptions options, const connector::Context& context)
    : rules_(std::move(options.rules)),
      files_(context.files),
      stream_(static_cast<const FolderOptions&>(options), context) {}

Status FileSource::open(std::stop_token /*stop*/) { return stream_.resolve(); }

Result<data::Offset> FileSource::initial() { return FileOffset().to_offset(); }

Status FileSource::freeze() { return stream_.freeze(); }

io::UnpackedFile* FileSource::unpacked(const std::string& path) {
  const auto packing = io::packing_of(path);
  if (!packing) return nullptr;
  // The file that the last batch ended in goes on where it stood.
  if (!unpacked_ || unpacked_->path() != path) {
    unpacked_ = std::make_unique<io::UnpackedFile>(files_, path, *packing, rules_.block_bytes);
  }
  return unpacked_.get();
}

Result<data::Offset> FileSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  planned_.reset();
  SLUICE_ASSIGN(FileOffset offset, FileOffset::parse(from));
  SLUICE_ASSIGN(const auto files, stream_.waiting(offset));
  if (files.empty()) return from;
  auto batch = std::make_unique<FileBatch>();
  std::size_t next = 0;
  for (; next < files.size(); ++next) {
    const OpenFile& start = files[next];
    const bool is_enough = (!limit.all && static_cast<std::int64_t>(next) >=
                                              stream_.options().files_per_trigger_max) ||
                           static_cast<std::int64_t>(batch->size()) >= limit.records ||
                           batch->payload_bytes() >= limit.bytes;
    if (next > 0 && is_enough) break;
    const std::string path = stream_.path_of(start.file);
    FileScan scan(files_, rules_, path, start, unpacked(path));
    SLUICE_TRY(scan.read_into(*batch, limit, FolderStream::kToTheEnd, {}));
    offset.open.reset();
    if (!scan.is_done()) {
      // Where nothing was taken the file stays unopened: it may still change or go.
      if (scan.at().position > 0) offset.open = scan.at();
      break;
    }
    unpacked_.reset();
    offset.finish(start.file);
  }
  const SourceFile* unread = next < files.size() ? &files[next].file : nullptr;
  offset.fold(unread, stream_.options().order);
  const data::Offset to = offset.to_offset();
  planned_ = Planned{from, to, std::move(batch)};
  return to;
}

Result<std::unique_ptr<data::RecordBatch>> FileSource::read(const data::Offset& from,
                                                            const data::Offset& to,
                                                            std::stop_token stop) {
  if (planned_ && planned_->from == from && planned_->to == to) {
    std::unique_ptr<data::RecordBatch> batch = std::move(planned_->batch);
    planned_.reset();
    return batch;
  }
  SLUICE_ASSIGN(const FileOffset first, FileOffset::parse(from));
  SLUICE_ASSIGN(const FileOffset last, FileOffset::parse(to));
  SLUICE_ASSIGN(const auto parts, FolderStream::pieces(first, last));
  auto batch = std::make_unique<FileBatch>();
  for (const FolderStream::Piece& piece : parts) {
    SLUICE_TRY(stream_.check_unchanged(piece.start.file));
    const std::string path = stream_.path_of(piece.start.file);
    FileScan scan(files_, rules_, path, piece.start, unpacked(path));
    SLUICE_TRY(scan.read_into(*batch, {}, piece.end, stop));
  }
  return std::unique_ptr<data::RecordBatch>(std::move(batch));
}

void FileSource::release(const data::Offset& /*offset*/) {}

/// In files: how many records are in them is not known before they are read. A compressed file
/// counts in full until it is read to its end.
Result<connector::Lag> FileSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const FileOffset offset, FileOffset::parse(from));
  SLUICE_ASSIGN(const auto files, stream_.waiting(offset));
  std::int64_t bytes = 0;
  for (const OpenFile& file : files) {
    const bool packed = io::packing_of(file.file.name).has_value();
    bytes += static_cast<std::int64_t>(file.file.bytes - (packed ? 0 : file.position));
  }
  return connector::Lag{static_cast<std::int64_t>(files.size()), bytes};
}

void FileSource::wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds wait,
                               std::stop_token stop, const Clock& clock) {
  const bool local = files_.is_local(stream_.options().path);
  clock.sleep_for(local ? wait : std::max(wait, connector::kStorePause), std::move(stop));
}

}  // namespace sluice::connectors
