#include "connector/inbox.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include <xxhash.h>

#include "base/check.h"
#include "base/clock_wait.h"
#include "base/crash_point.h"
#include "base/json.h"
#include "base/log.h"
#include "base/utf8_text.h"
#include "data/arena.h"

namespace sluice::connector {
namespace {

constexpr std::string_view kEnding = ".records";
constexpr std::size_t kNumberDigits = 19;
enum InboxColumn : std::size_t { kValue, kRecord };

/// What a file begins with. Then, one after the other, the records' sizes (uint32) and their bytes.
/// The last digit of the magic is 2 where a note comes before them: its size (uint32) and its
/// bytes.
struct Header {
  char magic[8] = {'s', 'l', 'u', 'i', 'c', 'e', 'I', '1'};
  std::int64_t first = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t hash = 0;  ///< XXH64 of what follows the header
  std::uint32_t records = 0;
  std::uint32_t blank_lines = 0;
};
static_assert(sizeof(Header) == 40);

data::Offset make_offset(std::int64_t number) {
  return {"{\"record\":" + std::to_string(number) + "}"};
}

Result<std::int64_t> parse_offset(const data::Offset& offset) {
  const auto json = parse_json(offset.json);
  if (!json.is_object() || !json.contains("record") || !json["record"].is_number_unsigned()) {
    return corruption_error("not an offset of an inbox: " + offset.json.substr(0, 200));
  }
  return json["record"].get<std::int64_t>();
}

Error broken(const std::string& path) {
  return corruption_error("the inbox's file is broken path=" + path +
                          "; put it back from a copy of the checkpoint's folder, or start over "
                          "with a new checkpoint");
}

constexpr std::size_t kVersionAt = 7;

bool has_note(const Header& header) { return header.magic[kVersionAt] == '2'; }

bool is_magic(const Header& header) {
  return std::memcmp(header.magic, Header().magic, kVersionAt) == 0 &&
         (header.magic[kVersionAt] == '1' || has_note(header));
}

Result<Header> read_header(io::FileSystem& files, const std::string& path) {
  Header header;
  SLUICE_ASSIGN(const std::size_t bytes,
                files.read_at(path, 0, {reinterpret_cast<char*>(&header), sizeof(header)}));
  if (bytes != sizeof(header) || !is_magic(header)) return broken(path);
  return header;
}

Result<std::string> read_note(io::FileSystem& files, const std::string& path) {
  std::uint32_t size = 0;
  SLUICE_ASSIGN(std::size_t bytes, files.read_at(path, sizeof(Header),
                                                 {reinterpret_cast<char*>(&size), sizeof(size)}));
  if (bytes != sizeof(size) || size > Inbox::kNoteBytesMax) return broken(path);
  std::string note(size, '\0');
  SLUICE_ASSIGN(bytes, files.read_at(path, sizeof(Header) + sizeof(size), note));
  if (bytes != size) return broken(path);
  return note;
}

/// Where a file's sizes and records lie in its bytes.
struct Content {
  Header header;
  const char* sizes = nullptr;
  const char* payloads = nullptr;

  std::uint32_t size_of(std::size_t record) const {
    std::uint32_t size = 0;
    std::memcpy(&size, sizes + record * sizeof(size), sizeof(size));
    return size;
  }
};

Result<Content> parse(const std::string& bytes, const std::string& path) {
  Content content;
  if (bytes.size() < sizeof(Header)) return broken(path);
  std::memcpy(&content.header, bytes.data(), sizeof(Header));
  const Header& header = content.header;
  std::string_view rest = std::string_view(bytes).substr(sizeof(Header));
  if (!is_magic(header) || XXH64(rest.data(), rest.size(), 0) != header.hash) return broken(path);
  if (has_note(header)) {
    std::uint32_t size = 0;
    if (rest.size() < sizeof(size)) return broken(path);
    std::memcpy(&size, rest.data(), sizeof(size));
    if (rest.size() - sizeof(size) < size) return broken(path);
    rest.remove_prefix(sizeof(size) + size);
  }
  const std::uint64_t expected = header.records * sizeof(std::uint32_t) + header.payload_bytes;
  if (rest.size() != expected) return broken(path);
  content.sizes = rest.data();
  content.payloads = rest.data() + header.records * sizeof(std::uint32_t);
  return content;
}

class InboxBatch final : public data::RecordBatch {
 public:
  InboxBatch(std::string origin, std::int64_t first) : origin_(std::move(origin)), first_(first) {}

  /// The records [from, to) of a file, by their numbers.
  void add(std::unique_ptr<std::string> bytes, const Content& content, std::int64_t from,
           std::int64_t to) {
    const char* at = content.payloads;
    const std::int64_t first = content.header.first;
    for (std::int64_t number = first; number < to; ++number) {
      const std::uint32_t size = content.size_of(static_cast<std::size_t>(number - first));
      if (number >= from) payloads_.push_back({at, size});
      at += size;
    }
    if (from <= first) blank_lines_ += content.header.blank_lines;
    bytes_ += bytes->size();
    files_.push_back(std::move(bytes));
  }

  std::size_t size() const override { return payloads_.size(); }
  std::span<const data::Payload> payloads() const override { return payloads_; }
  /// `value` shows bytes that are not UTF-8 as U+FFFD; payloads() has them as they are.
  void write_column(std::size_t column, std::span<const std::uint32_t> rows,
                    data::VectorWriter& out) const override {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (column == kRecord) {
        out.as<std::int64_t>()[i] = first_ + rows[i];
        continue;
      }
      std::string_view text = payloads_[rows[i]].text();
      if (!is_utf8(text)) {
        const std::lock_guard lock(mutex_);
        text = repaired_.copy(with_valid_utf8(text));
      }
      out.set_text(i, text);
    }
  }
  data::RecordOrigin origin(std::size_t row) const override {
    data::RecordOrigin origin;
    origin.origin = origin_;
    origin.offset = first_ + static_cast<std::int64_t>(row);
    return origin;
  }
  std::int64_t blank_lines() const override { return blank_lines_; }
  std::size_t bytes() const override { return bytes_; }

 private:
  const std::string origin_;
  const std::int64_t first_;
  std::vector<std::unique_ptr<std::string>> files_;
  std::vector<data::Payload> payloads_;  // point into files_
  mutable std::mutex mutex_;             // guards repaired_
  mutable data::Arena repaired_;         // values that were not UTF-8
  std::int64_t blank_lines_ = 0;
  std::size_t bytes_ = 0;
};

std::string file_content(std::span<const std::string_view> records, Header header,
                         std::string_view note) {
  header.records = static_cast<std::uint32_t>(records.size());
  for (const std::string_view record : records) header.payload_bytes += record.size();
  std::string bytes(sizeof(Header), '\0');
  bytes.reserve(sizeof(Header) + sizeof(std::uint32_t) + note.size() +
                records.size() * sizeof(std::uint32_t) + header.payload_bytes);
  if (!note.empty()) {
    header.magic[kVersionAt] = '2';
    const auto size = static_cast<std::uint32_t>(note.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(note);
  }
  for (const std::string_view record : records) {
    const auto size = static_cast<std::uint32_t>(record.size());
    bytes.append(reinterpret_cast<const char*>(&size), sizeof(size));
  }
  for (const std::string_view record : records) bytes += record;
  header.hash = XXH64(bytes.data() + sizeof(Header), bytes.size() - sizeof(Header), 0);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

}  // namespace

const data::Schema& inbox_columns() {
  static const data::Schema kColumns(
      {{"value", data::TypeId::kVarchar}, {"record", data::TypeId::kBigint}});
  return kColumns;
}

std::string Inbox::path_of(const Segment& segment) const {
  std::string number = std::to_string(segment.first);
  number.insert(0, kNumberDigits - std::min(kNumberDigits, number.size()), '0');
  return io::join_path(options_.folder, number + std::string(kEnding));
}

Status Inbox::open() {
  SLUICE_TRY(files_.make_private_folders(options_.folder));
  SLUICE_ASSIGN(const auto found, files_.list(options_.folder, /*recursive=*/false));
  const std::lock_guard lock(mutex_);
  for (const io::FileInfo& file : found) {
    // Of a process that was killed: none of its records were ever offered.
    if (io::is_unfinished(file.path)) SLUICE_TRY(files_.remove(file.path));
    if (!file.path.ends_with(kEnding)) continue;
    SLUICE_ASSIGN(const Header header, read_header(files_, file.path));
    Segment segment{header.first, header.records, header.payload_bytes};
    if (has_note(header)) {
      SLUICE_ASSIGN(segment.note, read_note(files_, file.path));
    }
    if (path_of(segment) != file.path) return broken(file.path);
    if (!segments_.empty() && segment.first != end_) {
      return corruption_error("records " + std::to_string(end_) + " to " +
                              std::to_string(segment.first - 1) +
                              " are gone from the inbox folder=" + options_.folder +
                              "; put its files back from a copy, or start over "
                              "with a new checkpoint");
    }
    bytes_ += segment.payload_bytes;
    end_ = segment.end();
    segments_.push_back(std::move(segment));
  }
  return {};
}

Status Inbox::drop_from(std::int64_t end) {
  const std::lock_guard lock(mutex_);
  // The newest first, so that what a crash leaves has no gap.
  while (!segments_.empty() && segments_.back().end() > end) {
    const Segment& newest = segments_.back();
    if (newest.first < end) return broken(path_of(newest));
    SLUICE_TRY(files_.remove(path_of(newest)));
    bytes_ -= newest.payload_bytes;
    end_ = newest.first;
    segments_.pop_back();
  }
  return {};
}

Status Inbox::append(std::span<const std::string_view> records, std::uint32_t blank_lines,
                     std::stop_token stop, std::string_view note) {
  SLUICE_CHECK(!records.empty() && note.size() <= kNoteBytesMax);
  Header header;
  header.blank_lines = blank_lines;
  {
    std::unique_lock lock(mutex_);
    const bool room =
        changed_.wait(lock, std::move(stop), [&] { return bytes_ < options_.bytes_max; });
    if (!room) return Error{Kind::kCancelled, "stopped"};
    header.first = end_;  // nobody else appends
  }
  const std::string content = file_content(records, header, note);
  std::memcpy(&header, content.data(), sizeof(header));
  Segment segment{header.first, header.records, header.payload_bytes, std::string(note)};
  crash_point("inbox.write");
  SLUICE_TRY(files_.write_atomic(path_of(segment), content));
  crash_point("inbox.written");
  const std::lock_guard lock(mutex_);
  bytes_ += segment.payload_bytes;
  end_ = segment.end();
  segments_.push_back(std::move(segment));
  changed_.notify_all();
  return {};
}

data::Offset Inbox::initial() const {
  const std::lock_guard lock(mutex_);
  return make_offset(segments_.empty() ? end_ : segments_.front().first);
}

Result<std::deque<Inbox::Segment>> Inbox::segments_from(std::int64_t first) const {
  const std::lock_guard lock(mutex_);
  const std::int64_t begin = segments_.empty() ? end_ : segments_.front().first;
  if (first < begin || first > end_) {
    return corruption_error(
        "the inbox has records " + std::to_string(begin) + " to " + std::to_string(end_ - 1) +
        " and is asked for those from " + std::to_string(first) + " on folder=" + options_.folder +
        "; put its files back from a copy, or start over with a new checkpoint");
  }
  const auto from = std::ranges::find_if(
      segments_, [first](const Segment& segment) { return segment.end() > first; });
  return std::deque<Segment>(from, segments_.end());
}

Result<std::int64_t> Inbox::cut(const Segment& segment, std::int64_t from,
                                data::ReadLimit left) const {
  SLUICE_ASSIGN(const std::string bytes, files_.read(path_of(segment)));
  SLUICE_ASSIGN(const Content content, parse(bytes, path_of(segment)));
  std::int64_t number = std::max(from, segment.first);
  for (; number < segment.end() && left.records > 0; ++number, --left.records) {
    left.bytes -= content.size_of(static_cast<std::size_t>(number - segment.first));
    if (left.bytes < 0) break;
  }
  return number;
}

Result<data::Offset> Inbox::latest(const data::Offset& from, const data::ReadLimit& limit) {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  {
    const std::lock_guard lock(mutex_);
    // What was published and removed is known to the checkpoint alone.
    if (segments_.empty()) end_ = std::max(end_, first);
  }
  SLUICE_ASSIGN(const auto segments, segments_from(first));
  data::ReadLimit left = limit;
  std::int64_t to = first;
  for (const Segment& segment : segments) {
    const std::int64_t records = segment.end() - to;
    const auto bytes = static_cast<std::int64_t>(segment.payload_bytes);
    if (records <= left.records && bytes <= left.bytes) {
      to = segment.end();
      left.records -= records;
      left.bytes -= bytes;
      continue;
    }
    SLUICE_ASSIGN(to, cut(segment, to, left));
    break;
  }
  if (to == first && !segments.empty() && segments.back().end() > first) ++to;
  return make_offset(to);
}

Result<std::unique_ptr<data::RecordBatch>> Inbox::read(const data::Offset& from,
                                                       const data::Offset& to) const {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  SLUICE_ASSIGN(const std::int64_t end, parse_offset(to));
  SLUICE_ASSIGN(const auto segments, segments_from(first));
  auto batch = std::make_unique<InboxBatch>(options_.origin, first);
  for (const Segment& segment : segments) {
    if (segment.first >= end) break;
    auto bytes = std::make_unique<std::string>();
    SLUICE_ASSIGN(*bytes, files_.read(path_of(segment)));
    SLUICE_ASSIGN(const Content content, parse(*bytes, path_of(segment)));
    batch->add(std::move(bytes), content, first, std::min(end, segment.end()));
  }
  return std::unique_ptr<data::RecordBatch>(std::move(batch));
}

void Inbox::release(const data::Offset& offset) {
  const auto number = parse_offset(offset);
  if (!number) return;
  while (true) {
    Segment oldest;
    {
      const std::lock_guard lock(mutex_);
      if (segments_.empty() || segments_.front().end() > *number) return;
      oldest = segments_.front();
    }
    // Oldest first, so that what a crash leaves has no gap.
    if (auto removed = files_.remove(path_of(oldest)); !removed) {
      log_warn("inbox: " + removed.error().message() + "; the next batch tries again");
      return;
    }
    const std::lock_guard lock(mutex_);
    segments_.pop_front();
    bytes_ -= oldest.payload_bytes;
    changed_.notify_all();
  }
}

Result<std::int64_t> Inbox::records_after(const data::Offset& offset) const {
  SLUICE_ASSIGN(const std::int64_t number, parse_offset(offset));
  const std::lock_guard lock(mutex_);
  return std::max<std::int64_t>(0, end_ - number);
}

data::Offset Inbox::end() const {
  const std::lock_guard lock(mutex_);
  return make_offset(end_);
}

std::optional<Inbox::Note> Inbox::note_before(const data::Offset& offset) const {
  const auto number = parse_offset(offset);
  const std::lock_guard lock(mutex_);
  std::optional<Note> note;
  for (const Segment& segment : segments_) {
    if (!number || segment.end() > *number) break;
    if (!segment.note.empty()) note = Note{segment.note, *number - segment.end()};
  }
  return note;
}

std::optional<Inbox::Note> Inbox::note_around(const data::Offset& offset) const {
  const auto number = parse_offset(offset);
  if (!number) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto around = std::ranges::find_if(segments_, [&](const Segment& segment) {
    return segment.first < *number && *number < segment.end();
  });
  if (around == segments_.end() || around->note.empty()) return std::nullopt;
  return Note{around->note, *number - around->first};
}

Result<std::int64_t> Inbox::records_between(const data::Offset& from, const data::Offset& to) {
  SLUICE_ASSIGN(const std::int64_t first, parse_offset(from));
  SLUICE_ASSIGN(const std::int64_t end, parse_offset(to));
  return end - first;
}

bool Inbox::wait_beyond(const data::Offset& from, std::chrono::milliseconds wait,
                        const std::stop_token& stop, const Clock& clock) {
  const auto number = parse_offset(from);
  std::unique_lock lock(mutex_);
  return wait_on(changed_, lock, wait, stop, clock, [&] { return number && end_ > *number; });
}

}  // namespace sluice::connector
