#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connector/registry.h"
#include "connector/source.h"
#include "connectors/files/file_offset.h"
#include "connectors/files/file_pattern.h"
#include "connectors/files/folder_options.h"
#include "connectors/files/folder_watch.h"
#include "connectors/files/read_log.h"

namespace sluice::connectors {

/// The files of a path as a stream: which there are, which an offset has read, which a range of
/// offsets takes. Knows nothing of what is in them. A file is known by its whole path; any that an
/// offset has not read is waiting, however late it came
/// (docs/decisions/0014-what-a-folder-has-read.md).
///
/// The folder is listed when nothing of the last listing is left to read and it may have more
/// (FolderWatch), or when that is long ago, compared with what it took: a million files cost one
/// listing, not one a batch.
class FolderStream {
 public:
  static constexpr std::uint64_t kToTheEnd = std::numeric_limits<std::uint64_t>::max();

  /// A file and the part of it that a range takes.
  struct Piece {
    OpenFile start;
    std::uint64_t end = 0;
  };

  FolderStream(FolderOptions options, const connector::Context& context);

  const FolderOptions& options() const { return options_; }
  std::string path_of(const SourceFile& file) const { return pattern_.path_of(file); }

  /// Finds out what the path is. Before all others. kUser when it is not there.
  Status resolve();
  data::Offset initial() const;
  /// As connector::Source::resume(): takes the log, brings offsets of older layouts to this one.
  /// kUser E_FOLDER_CHANGED.
  Result<connector::Resumed> resume(const connector::Remembered& past);
  /// From now on the files of this moment are all.
  Status freeze();
  /// As connector::Source::end_at(): from now on the files that `place` has read are all.
  /// `in_bytes`: so are places within a file.
  Status end_at(const connector::Remembered& place, bool in_bytes = true);
  /// As connector::Source::probe(): lists the path and reads a byte of a file.
  Status probe(connector::Probe& probe);
  /// All that is there, in reading order.
  Result<std::vector<SourceFile>> list() const;

  Result<FileOffset> parse(const data::Offset& offset);
  /// Goes to what is waiting after `from`; forgets what was logged after it. Warns, once, of
  /// files that changed. kCorruption when the open file was removed or has shrunk.
  Status begin(const FileOffset& from);
  /// The next file to read, the open one (as it was listed) first; null: no more.
  std::optional<OpenFile> next();
  /// The offset that begin() and next() have led to; what is too much in it goes into the log.
  data::Offset end(FileOffset offset);
  /// As connector::Source::log_entry(), of what begin() and end() were called for last.
  Result<std::string> log_entry(const data::Offset& from, const data::Offset& to);
  /// Files and bytes, by the last listing; an open compressed file counts in full.
  Result<connector::Lag> lag(const data::Offset& from);

  /// What lies between two offsets. kCorruption when the offsets do not say.
  static Result<std::vector<Piece>> pieces(const FileOffset& from, const FileOffset& to);
  /// kCorruption unless the file is as it was when it was listed.
  Status check_unchanged(const SourceFile& file) const;

 private:
  bool has_ending(const std::string& name) const;
  bool is_too_young(const SourceFile& file) const;
  Status check_open(const SourceFile& planned) const;
  void warn_of_nothing();
  void warn_of_change(const SourceFile& read, const SourceFile& now);
  /// Makes waiting_ hold what `from` has not read.
  Status prepare(const FileOffset& from, bool may_list);
  bool must_list(bool goes_back, bool may_list);
  Status list_behind(const FileOffset* from);
  /// Skips what `from` has read of the files that next() gave.
  void settle(const FileOffset& from);
  /// Looks through all that was listed.
  void collect(const FileOffset& from);
  void remember(const data::Offset& text, const FileOffset& offset);

  const FolderOptions options_;
  const std::string name_;  // the source's
  io::FileSystem& files_;
  const Clock& clock_;
  FilePattern pattern_;
  FolderWatch watch_;
  std::string root_;  // whole path of the pattern's root
  ReadLog log_;
  std::optional<FileOffset> resumed_;  // where the run began
  std::array<std::pair<data::Offset, FileOffset>, 2> parsed_;
  bool too_young_ = false;        // a file was listed that min_age holds back
  std::set<std::string> warned_;  // files whose change was logged
  bool warned_of_nothing_ = false;

  bool frozen_ = false;
  std::vector<SourceFile> listed_;      // in reading order: what was waiting, at least
  std::vector<std::uint32_t> waiting_;  // places in listed_, from first_ on
  std::size_t first_ = 0;
  std::size_t at_ = 0;            // what next() gives
  std::size_t given_ = 0;         // after the last that it ever gave
  std::int64_t bytes_ = 0;        // of what is waiting
  std::int64_t reached_ = 0;      // files of the furthest offset that waiting_ was made for
  std::optional<OpenFile> open_;  // what next() gives first
  std::string open_name_;         // and does not give again
};

}  // namespace sluice::connectors
