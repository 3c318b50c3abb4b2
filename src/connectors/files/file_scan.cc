#include "connectors/files/file_scan.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include "base/log.h"
#include "base/shown_text.h"
#include "formats/foreign_text.h"

namespace sluice::connectors {
namespace {

constexpr std::uint64_t kNotKnown = std::numeric_limits<std::uint64_t>::max();
/// Of a compressed file's text at once: small files should not take blocks of MiB.
constexpr std::uint64_t kUnpackedBytesMin = 64 << 10;
constexpr std::uint64_t kUnpackedBytesMax = 1 << 20;
/// Of a record that is too long, at once.
constexpr std::size_t kWalkBytes = 1 << 20;

bool equal_names(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

FileScan::FileScan(io::FileSystem& files, const ScanRules& rules, std::string path, OpenFile start,
                   io::UnpackedFile* unpacked)
    : files_(files),
      rules_(rules),
      path_(std::move(path)),
      unpacked_(unpacked),
      at_(std::move(start)),
      bytes_(unpacked == nullptr ? at_.file.bytes : kNotKnown) {}

Error FileScan::at_error(Kind kind, const std::string& message) const {
  return {kind, message + " file=" + path_ + " line=" + std::to_string(at_.line)};
}

Error FileScan::too_long() const {
  return at_error(Kind::kUser, "a record is longer than " +
                                   std::to_string(rules_.record_bytes_max) +
                                   " bytes; raise max_record_bytes or remove the line");
}

std::uint64_t FileScan::block_bytes() const {
  if (unpacked_ == nullptr) return rules_.block_bytes;
  return std::clamp(at_.file.bytes * 4, kUnpackedBytesMin, kUnpackedBytesMax);
}

Result<std::size_t> FileScan::read_some(std::uint64_t offset, std::span<char> out) {
  SLUICE_ASSIGN(const std::size_t bytes, unpacked_ == nullptr ? files_.read_at(path_, offset, out)
                                                              : unpacked_->read_at(offset, out));
  if (bytes == out.size()) return bytes;
  if (unpacked_ != nullptr) {
    bytes_ = offset + bytes;
    return bytes;
  }
  return at_error(Kind::kCorruption,
                  "the file has shrunk from " + std::to_string(at_.file.bytes) + " to " +
                      std::to_string(offset + bytes) +
                      " bytes since it was listed; put complete files in place by renaming them");
}

Status FileScan::load_more(FileBatch& batch) {
  const std::uint64_t loaded = at_.position + rest_.size();
  // A record that fills the block gets a block twice as large.
  const std::uint64_t more =
      std::min(bytes_ - loaded, std::max<std::uint64_t>(block_bytes(), rest_.size()));
  const std::size_t before = rest_.size();
  char* const block = batch.add_block(rest_, more);
  rest_ = {block, before};
  SLUICE_ASSIGN(const std::size_t bytes, read_some(loaded, {block + before, more}));
  rest_ = {block, before + bytes};
  return {};
}

void FileScan::advance(const RecordEnd& record) {
  rest_.remove_prefix(record.next);
  at_.position += record.next;
  at_.line += record.lines;
}

Status FileScan::check_header(std::string_view record) const {
  if (rules_.header_names.empty()) return {};
  const auto fields = csv_fields(record, rules_.syntax);
  const std::size_t count = std::max(fields.size(), rules_.header_names.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string there = i < fields.size() ? "'" + shown_text(fields[i]) + "'" : "nothing";
    const bool wanted = i < rules_.header_names.size();
    if (wanted && i < fields.size() && equal_names(fields[i], rules_.header_names[i])) continue;
    return at_error(Kind::kUser,
                    "the header has " + there + " as column " + std::to_string(i + 1) +
                        ", the schema has " +
                        (wanted ? "'" + rules_.header_names[i] + "'" : std::string("nothing")) +
                        "; fix the schema, or set header: false (the file has none) or " +
                        "check_header: false (columns by position)");
  }
  return {};
}

/// The beginning of a file: byte order mark and header.
Status FileScan::begin(FileBatch& batch) {
  SLUICE_TRY(load_more(batch));
  if (const auto packing = io::packing_by_content(rest_)) {
    const bool gzip = *packing == io::Packing::kGzip;
    return at_error(Kind::kUser, std::string("the file is compressed with ") +
                                     (gzip ? "gzip" : "zstd") + "; give it a name that ends in " +
                                     (gzip ? ".gz" : ".zst") + ", by which it is recognised");
  }
  if (const auto what = formats::foreign_text(rest_)) {
    return at_error(Kind::kUser, "the file " + *what);
  }
  if (rest_.starts_with(kByteOrderMark)) {
    rest_.remove_prefix(kByteOrderMark.size());
    at_.position += kByteOrderMark.size();
  }
  if (!rules_.header) return {};
  while (!rest_.empty()) {
    const RecordEnd record =
        next_record(rest_, at_.position + rest_.size() >= bytes_, rules_.syntax);
    if (!record.found && rest_.size() > rules_.record_bytes_max) return too_long();
    if (!record.found) {
      SLUICE_TRY(load_more(batch));
      continue;
    }
    SLUICE_TRY(check_header(rest_.substr(0, record.bytes)));
    advance(record);
    break;
  }
  return {};
}

bool FileScan::is_full(const FileBatch& batch, std::size_t next_bytes,
                       const data::ReadLimit& limit) const {
  if (batch.size() == 0) return false;
  return static_cast<std::int64_t>(batch.size()) >= limit.records ||
         batch.payload_bytes() + static_cast<std::int64_t>(next_bytes) > limit.bytes;
}

Result<std::uint64_t> FileScan::walk_on(RecordWalk& walk, const std::stop_token& stop) {
  std::uint64_t at = at_.position + rest_.size();
  std::string piece(kWalkBytes, '\0');
  while (!walk.ended() && at < bytes_) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "reading was stopped");
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_ - at, kWalkBytes));
    SLUICE_ASSIGN(const std::size_t bytes, read_some(at, {piece.data(), wanted}));
    const std::string_view read = std::string_view(piece).substr(0, bytes);
    const std::size_t passed = walk.feed(read);
    at += passed;
    if (unpacked_ != nullptr) unpacked_->put_back(read.substr(passed));
  }
  return at;
}

Result<bool> FileScan::cut_record(FileBatch& batch, const std::stop_token& stop) {
  if (!rules_.syntax.csv || rules_.syntax.quote == '\0') return too_long();
  RecordWalk walk(rules_.syntax);
  const std::size_t held = walk.feed(rest_.substr(0, rules_.record_bytes_max));
  std::string_view kept = rest_.substr(0, held);
  if (walk.at_quote()) kept.remove_suffix(1);  // so that it stays open
  if (!walk.in_quotes() && !walk.at_quote()) return too_long();
  const bool has_lines = kept.find('\n') != std::string_view::npos;
  std::uint64_t end = at_.position + held + walk.feed(rest_.substr(held));
  if (!walk.ended()) {
    SLUICE_ASSIGN(end, walk_on(walk, stop));
  }
  if (walk.in_quotes()) return has_lines ? Result<bool>(false) : too_long();
  log_warn("a record is longer than " + std::to_string(rules_.record_bytes_max) +
           " bytes (max_record_bytes), it is a dead letter with its beginning: file=" + path_ +
           " line=" + std::to_string(at_.line) + " bytes=" + std::to_string(end - at_.position));
  batch.add_record(kept, at_.line);
  const std::uint64_t passed = end - at_.position;
  rest_.remove_prefix(static_cast<std::size_t>(std::min<std::uint64_t>(passed, rest_.size())));
  at_.position = end;
  at_.line += walk.lines();
  return true;
}

Status FileScan::read_into(FileBatch& batch, const data::ReadLimit& limit, std::uint64_t end,
                           const std::stop_token& stop) {
  batch.begin_file(path_, at_.file.modified);
  if (at_.position == 0 && !is_done()) SLUICE_TRY(begin(batch));
  while (at_.position < std::min(end, bytes_)) {
    const bool is_end = at_.position + rest_.size() >= bytes_;
    RecordEnd record;
    if (!rest_.empty()) record = next_record(rest_, is_end, rules_.syntax);
    if (!record.found && rest_.size() <= rules_.record_bytes_max) {
      if (stop.stop_requested()) return Error(Kind::kCancelled, "reading was stopped");
      SLUICE_TRY(load_more(batch));
      continue;
    }
    const bool is_cut = !record.found || record.bytes > rules_.record_bytes_max;
    std::string_view text = rest_.substr(0, is_cut ? rules_.record_bytes_max : record.bytes);
    if (!rules_.keep_empty_lines && is_blank(text, rules_.syntax)) {
      batch.add_blank_line();
      advance(record);
      continue;
    }
    const bool waits = pace_ != nullptr && !pace_->is_due(text);
    if (waits || is_full(batch, text.size(), limit)) {
      if (unpacked_ != nullptr) unpacked_->put_back(rest_);
      return {};
    }
    if (is_cut) {
      SLUICE_ASSIGN(const bool done, cut_record(batch, stop));
      if (done) continue;
      record = next_record(rest_, /*is_end=*/true, {});
      text = rest_.substr(0, record.bytes);
    }
    batch.add_record(text, at_.line);
    advance(record);
  }
  return {};
}

}  // namespace sluice::connectors
