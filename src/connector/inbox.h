#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "data/offset.h"
#include "data/record_batch.h"
#include "data/type.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connector {

/// The columns that every batch of an inbox has: value VARCHAR, record BIGINT (its number).
const data::Schema& inbox_columns();

/// Where an inbox keeps its records, and how many.
struct InboxOptions {
  std::string folder;  ///< in the checkpoint's folder, the inbox's own; made when it is missing
  std::string origin;  ///< of the records, for dead letters: "stdin"
  std::uint64_t bytes_max = 256 << 20;  ///< append() waits while files of so many bytes are unread
};

/// Records on their way from something that cannot give them twice (a pipe, an HTTP request) to the
/// engine: written to files durably before anybody is offered them, so that a range of them can be
/// read again after any crash, and removed once the batch that took them is published. Records are
/// numbered from 0 in the order they came, for the checkpoint's whole life.
///
/// A file `<first number>.records` is one append(), whole or not there. Numbers are an offset's
/// {"record":N}; a source may put more into the object, which is not looked at here.
/// REQUIRES: one thread appends, another one calls the rest; open() has succeeded.
class Inbox {
 public:
  static constexpr std::size_t kNoteBytesMax = std::size_t{64} << 10;

  /// `files` outlives the inbox.
  Inbox(InboxOptions options, io::FileSystem& files)
      : options_(std::move(options)), files_(files) {}

  /// Looks at what earlier runs have left; once. kCorruption when files are gone from between
  /// others.
  Status open();

  /// Removes the records from `end` on, which nobody was offered: their origin gives them again.
  /// REQUIRES: right after open(). kCorruption when one file has records on both sides.
  Status drop_from(std::int64_t end);

  /// Takes `records`, and the number of blank lines among them. After success they are durable;
  /// after an error nothing is there and the call may be repeated. Waits while the inbox is full:
  /// kCancelled by `stop`. `note` is kept with them: how far the input is read with these records,
  /// where it can say so.
  /// REQUIRES: at least one record, and none of 4 GiB or more; a note of kNoteBytesMax at most.
  Status append(std::span<const std::string_view> records, std::uint32_t blank_lines,
                std::stop_token stop, std::string_view note = {});

  /// Where a new checkpoint begins: the oldest record.
  data::Offset initial() const;
  /// As Source::latest, read, release and lag. kCorruption when records from `from` on are gone.
  Result<data::Offset> latest(const data::Offset& from, const data::ReadLimit& limit);
  Result<std::unique_ptr<data::RecordBatch>> read(const data::Offset& from,
                                                  const data::Offset& to) const;
  void release(const data::Offset& offset);
  Result<std::int64_t> records_after(const data::Offset& offset) const;
  /// After the newest record of this moment.
  data::Offset end() const;
  /// A note, and how many records lie between the end of its append and an offset.
  struct Note {
    std::string text;
    std::int64_t records_since = 0;
  };
  /// That of the newest append that is there and lies before `offset` as a whole; null: none.
  std::optional<Note> note_before(const data::Offset& offset) const;
  /// That of the append with records on both sides of `offset`, and how many of them lie before it;
  /// null: no append is cut there, or it has no note.
  std::optional<Note> note_around(const data::Offset& offset) const;
  /// How many records lie between two offsets; negative: `to` comes first.
  static Result<std::int64_t> records_between(const data::Offset& from, const data::Offset& to);

  /// Blocks until a record after `from` is there, `wait` is over by `clock` or `stop`; whether one
  /// is.
  bool wait_beyond(const data::Offset& from, std::chrono::milliseconds wait,
                   const std::stop_token& stop, const Clock& clock);

 private:
  /// One file.
  struct Segment {
    std::int64_t first = 0;  ///< number of its first record
    std::int64_t records = 0;
    std::uint64_t payload_bytes = 0;
    std::string note{};
    std::int64_t end() const { return first + records; }
  };

  std::string path_of(const Segment& segment) const;
  /// The files that have records from `first` on, oldest first.
  Result<std::deque<Segment>> segments_from(std::int64_t first) const;
  /// The number after the last record of `segment` that a batch of `left` may take.
  Result<std::int64_t> cut(const Segment& segment, std::int64_t from, data::ReadLimit left) const;

  const InboxOptions options_;
  io::FileSystem& files_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable_any changed_;
  std::deque<Segment> segments_;  // without gaps
  std::uint64_t bytes_ = 0;       // of their payloads
  std::int64_t end_ = 0;          // the next record's number
};

}  // namespace sluice::connector
