#include "connectors/files/file_source.h"

#include <algorithm>
#include <utility>

namespace sluice::connectors {

FileSource::FileSource(FileSourceOptions options, const connector::Context& context,
                       std::unique_ptr<ReplayPace> pace)
    : rules_(std::move(options.rules)),
      files_(context.files),
      stream_(static_cast<const FolderOptions&>(options), context),
      pace_(std::move(pace)) {}

Status FileSource::open(std::stop_token /*stop*/) { return stream_.resolve(); }

Result<data::Offset> FileSource::initial() { return stream_.initial(); }

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
  if (waits_at_ == from && !limit.all && !pace_->is_over()) return from;
  waits_at_.reset();
  SLUICE_ASSIGN(FileOffset offset, stream_.parse(from));
  SLUICE_TRY(stream_.begin(offset));
  auto batch = std::make_unique<FileBatch>();
  SLUICE_ASSIGN(const bool any, take(limit, *batch, offset));
  const bool waits = pace_ != nullptr && !limit.all && pace_->waits();
  if (!any) {
    if (waits) waits_at_ = from;
    return from;
  }
  const data::Offset to = stream_.end(std::move(offset));
  if (waits) waits_at_ = to;
  planned_ = Planned{from, to, std::move(batch)};
  return to;
}

Result<bool> FileSource::take(const data::ReadLimit& limit, FileBatch& batch, FileOffset& offset) {
  ReplayPace* const pace = limit.all ? nullptr : pace_.get();
  if (pace != nullptr) pace->begin_batch();
  std::int64_t count = 0;
  for (auto file = stream_.next(); file; ++count, file = stream_.next()) {
    const bool is_enough = (!limit.all && count >= stream_.options().files_per_trigger_max) ||
                           static_cast<std::int64_t>(batch.size()) >= limit.records ||
                           batch.payload_bytes() >= limit.bytes;
    if (count > 0 && is_enough) break;
    const std::string path = stream_.path_of(file->file);
    FileScan scan(files_, rules_, path, *file, unpacked(path));
    scan.keep_pace(pace);
    SLUICE_TRY(scan.read_into(batch, limit, FolderStream::kToTheEnd, {}));
    if (!scan.is_done() && count == 0 && batch.size() == 0) return false;
    offset.open.reset();
    if (!scan.is_done()) {
      // Where nothing was taken the file stays unopened: it may still change or go.
      if (scan.at().position > 0) offset.open = scan.at();
      break;
    }
    unpacked_.reset();
    offset.finish(file->file);
  }
  return count > 0 || offset.open.has_value();
}

Result<std::unique_ptr<data::RecordBatch>> FileSource::read(const data::Offset& from,
                                                            const data::Offset& to,
                                                            std::stop_token stop) {
  if (planned_ && planned_->from == from && planned_->to == to) {
    std::unique_ptr<data::RecordBatch> batch = std::move(planned_->batch);
    planned_.reset();
    return batch;
  }
  SLUICE_ASSIGN(const FileOffset first, stream_.parse(from));
  SLUICE_ASSIGN(const FileOffset last, stream_.parse(to));
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

void FileSource::wait_for_data(const data::Offset& /*from*/, std::chrono::milliseconds wait,
                               std::stop_token stop, const Clock& clock) {
  const bool local = files_.is_local(stream_.options().path);
  clock.sleep_for(local ? wait : std::max(wait, connector::kStorePause), std::move(stop));
}

}  // namespace sluice::connectors
