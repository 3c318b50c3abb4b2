#include "connectors/files/folder_stream.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "base/log.h"
#include "connectors/files/folder_resume.h"
#include "io/unpacked_file.h"

namespace sluice::connectors {
namespace {

/// Changed files whose names are kept so that each is logged once.
constexpr std::size_t kWarnedMax = 1000;

/// The files that an offset has read.
class ReadFiles {
 public:
  ReadFiles(const FileOffset& offset, const ReadLog& log) : offset_(offset), log_(log) {
    for (const SourceFile& file : offset.seen) named_[file.name] = &file;
  }
  /// As it was then; null: it is not among those that the offset names.
  const SourceFile* named(const std::string& name) const {
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : found->second;
  }
  bool logged(const std::string& name) const {
    return offset_.logged > 0 &&
           log_.contains(ReadLog::mark_of(offset_.known_as(name)), offset_.logged);
  }
  bool contains(const SourceFile& file) const {
    return named(file.name) != nullptr || logged(file.name);
  }

 private:
  const FileOffset& offset_;
  const ReadLog& log_;
  std::unordered_map<std::string_view, const SourceFile*> named_;
};

}  // namespace

FolderStream::FolderStream(FolderOptions options, const connector::Context& context)
    : options_(std::move(options)),
      name_(context.name),
      files_(context.files),
      clock_(context.clock),
      pattern_(options_.path, options_.recursive),
      watch_(files_, clock_) {}

Status FolderStream::resolve() {
  SLUICE_TRY(pattern_.resolve(files_));
  SLUICE_ASSIGN(root_, whole_path(pattern_.root(), files_));
  return {};
}

data::Offset FolderStream::initial() const {
  FileOffset start;
  start.root = root_;
  return start.to_offset();
}

Result<connector::Resumed> FolderStream::resume(const connector::Remembered& past) {
  log_ = ReadLog();
  SLUICE_TRY(log_.add_bytes(past.log));
  SLUICE_ASSIGN(FileOffset offset, FileOffset::parse(past.offset));
  if (offset.logged != log_.size()) {
    return corruption_error("the checkpoint's log of read files does not fit its offset: logged=" +
                            std::to_string(log_.size()) +
                            " offset=" + std::to_string(offset.logged));
  }
  SLUICE_TRY(go_on_in_folder(
      {root_, options_.moved_from, options_.path, options_.order, name_}, past.checkpoint, files_,
      [this] { return list(); }, log_, offset));
  const std::string added =
      log_.bytes(static_cast<std::int64_t>(past.log.size() / ReadLog::kMarkBytes), log_.size());
  data::Offset text = offset.to_offset();
  remember(text, offset);
  resumed_ = std::move(offset);
  return connector::Resumed{std::move(text), added};
}

bool FolderStream::has_ending(const std::string& name) const {
  return name.ends_with(options_.ending);
}

bool FolderStream::is_too_young(const SourceFile& file) const {
  return options_.age_min > 0 && file.modified > clock_.now() - options_.age_min;
}

Result<std::vector<SourceFile>> FolderStream::list() const {
  return pattern_.list(files_, options_.order,
                       {[this](const std::string& name) { return has_ending(name); },
                        [this](const SourceFile& file) { return !is_too_young(file); }});
}

Status FolderStream::probe(connector::Probe& probe) {
  std::vector<SourceFile> files;
  auto listed = probe.step("list " + options_.path, [&]() -> Status {
    SLUICE_TRY(resolve());
    SLUICE_ASSIGN(files, list());
    return {};
  });
  if (!listed) return listed;
  if (files.empty()) {
    probe.skip("nothing there yet to read");
    return {};
  }
  const std::string path = path_of(files.back());
  return probe.step("read " + path, [&]() -> Status {
    std::array<char, 1> byte{};
    auto read = files_.read_at(path, 0, byte);
    return read ? Status() : std::move(read).error();
  });
}

Status FolderStream::freeze() {
  SLUICE_TRY(list_behind(resumed_ ? &*resumed_ : nullptr));
  frozen_ = true;
  reached_ = std::numeric_limits<std::int64_t>::max();  // nothing was collected yet
  return {};
}

Status FolderStream::end_at(const connector::Remembered& place, bool in_bytes) {
  SLUICE_ASSIGN(const FileOffset then, FileOffset::parse(place.offset));
  if (then.root != root_ || then.before) {
    return user_error("its files cannot be read again, since the checkpoint has read those of " +
                      then.root + " and path is " + root_ + "; run the pipeline once before");
  }
  if (then.open && (!in_bytes || io::packing_of(then.open->file.name))) {
    return user_error("the checkpoint is within the file " + path_of(then.open->file) +
                      "; let the pipeline read it to its end before");
  }
  ReadLog log;
  SLUICE_TRY(log.add_bytes(place.log));
  const ReadFiles read(then, log);
  SLUICE_ASSIGN(std::vector<SourceFile> there, list());
  std::erase_if(there, [&](SourceFile& file) {
    if (then.open && file.name == then.open->file.name) {
      file.bytes = then.open->position;
      return file.bytes == 0;
    }
    return !read.contains(file);
  });
  const std::int64_t wanted = then.files + (then.open && then.open->position > 0 ? 1 : 0);
  const auto found = static_cast<std::int64_t>(there.size());
  if (found < wanted) {
    return corruption_error(std::to_string(wanted - found) + " of the " + std::to_string(wanted) +
                            " files that the checkpoint has read are not there any more: path=" +
                            options_.path + "; put them back");
  }
  for (const SourceFile& file : there) {
    const SourceFile* const was = read.named(file.name);
    if (was == nullptr || (was->bytes == file.bytes && was->modified == file.modified)) continue;
    if (was->bytes != file.bytes) {
      return corruption_error(path_of(file) + " had " + std::to_string(was->bytes) +
                              " bytes when the checkpoint has read it, and has " +
                              std::to_string(file.bytes) + " now; put it back as it was");
    }
    log_warn("source " + name_ + ": " + path_of(file) +
             " was written again since the checkpoint has read it, with as many bytes");
  }
  listed_ = std::move(there);
  frozen_ = true;
  reached_ = std::numeric_limits<std::int64_t>::max();  // nothing was collected yet
  return {};
}

Status FolderStream::list_behind(const FileOffset* from) {
  std::optional<ReadFiles> read;
  if (from != nullptr) read.emplace(*from, log_);
  std::int64_t matched = 0;
  too_young_ = false;
  FilePattern::Wanted wanted;
  wanted.by_name = [&](const std::string& name) {
    if (!has_ending(name)) return false;
    ++matched;
    return !read || !read->logged(name);
  };
  wanted.by_file = [&](const SourceFile& file) {
    if (const SourceFile* then = read ? read->named(file.name) : nullptr) {
      warn_of_change(*then, file);
      return false;
    }
    too_young_ = too_young_ || is_too_young(file);
    return !is_too_young(file);
  };
  SLUICE_TRY(watch_.list(pattern_.root(), pattern_.is_deep(), [&]() -> Status {
    SLUICE_ASSIGN(listed_, pattern_.list(files_, options_.order, wanted));
    return {};
  }));
  if (matched == 0 && (from == nullptr || from->files == 0)) warn_of_nothing();
  return {};
}

/// Once: a mistyped path looks like a quiet one.
void FolderStream::warn_of_nothing() {
  if (std::exchange(warned_of_nothing_, true)) return;
  log_warn("source " + name_ + ": no file is there yet for path=" + options_.path +
           (options_.ending.empty() ? "" : " (names must end in " + options_.ending + ")"));
}

void FolderStream::warn_of_change(const SourceFile& read, const SourceFile& now) {
  if (now == read || warned_.size() >= kWarnedMax || !warned_.insert(read.name).second) return;
  log_warn("source " + name_ +
           ": a file changed after it was read, what is new in it is not read: file=" +
           pattern_.path_of(read) + " bytes=" + std::to_string(read.bytes) +
           " now=" + std::to_string(now.bytes) + "; give new rows a new file");
}

void FolderStream::collect(const FileOffset& from) {
  const ReadFiles read(from, log_);
  waiting_.clear();
  bytes_ = 0;
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (read.contains(listed_[i])) continue;
    waiting_.push_back(static_cast<std::uint32_t>(i));
    bytes_ += static_cast<std::int64_t>(listed_[i].bytes);
  }
  first_ = given_ = 0;
}

void FolderStream::settle(const FileOffset& from) {
  if (first_ == given_) return;
  const ReadFiles read(from, log_);
  std::size_t kept = given_;
  for (std::size_t i = given_; i-- > first_;) {
    const SourceFile& file = listed_[waiting_[i]];
    if (read.contains(file)) {
      bytes_ -= static_cast<std::int64_t>(file.bytes);
    } else {
      waiting_[--kept] = waiting_[i];
    }
  }
  first_ = kept;
}

Status FolderStream::prepare(const FileOffset& from, bool may_list) {
  const bool goes_back = from.files < reached_;
  bool collects = goes_back;
  if (!goes_back) settle(from);
  if (!frozen_ && must_list(goes_back, may_list)) {
    SLUICE_TRY(list_behind(&from));
    collects = true;
  }
  if (collects) collect(from);
  at_ = first_;
  reached_ = from.files;
  return {};
}

bool FolderStream::must_list(bool goes_back, bool may_list) {
  if (goes_back || !watch_.has_listed()) return true;
  if (!may_list) return false;
  const bool any = first_ < waiting_.size() || too_young_;
  return any ? watch_.may_list_again() : watch_.may_have_more();
}

/// The rest of a file that has lost bytes is not what it was; one that has grown, or was touched,
/// is read to its old end.
Status FolderStream::check_open(const SourceFile& planned) const {
  const std::string path = pattern_.path_of(planned);
  SLUICE_ASSIGN(const auto now, files_.find(path));
  if (!now) {
    return corruption_error("a file was removed while it was being read file=" + path +
                            "; put it back");
  }
  if (now->bytes < planned.bytes) {
    return corruption_error("a file has shrunk while it was being read file=" + path +
                            " from=" + std::to_string(planned.bytes) +
                            " to=" + std::to_string(now->bytes) + " bytes; put the old one back");
  }
  return {};
}

Status FolderStream::begin(const FileOffset& from) {
  if (from.root != root_ || from.logged > log_.size()) {
    return corruption_error("an offset of another folder, or of another log: root=" + from.root +
                            " logged=" + std::to_string(from.logged));
  }
  log_.cut(from.logged);
  SLUICE_TRY(prepare(from, /*may_list=*/true));
  open_ = from.open;
  open_name_ = open_ ? open_->file.name : "";
  return open_ ? check_open(open_->file) : Status();
}

std::optional<OpenFile> FolderStream::next() {
  if (open_) return std::exchange(open_, std::nullopt);
  while (at_ < waiting_.size()) {
    const SourceFile& file = listed_[waiting_[at_++]];
    given_ = std::max(given_, at_);
    if (file.name != open_name_) return OpenFile{file, 0, 1};
  }
  return std::nullopt;
}

void FolderStream::remember(const data::Offset& text, const FileOffset& offset) {
  std::swap(parsed_[0], parsed_[1]);
  parsed_[0] = {text, offset};
}

Result<FileOffset> FolderStream::parse(const data::Offset& offset) {
  for (const auto& [text, parsed] : parsed_) {
    if (!text.json.empty() && text == offset) return parsed;
  }
  SLUICE_ASSIGN(FileOffset parsed, FileOffset::parse(offset));
  remember(offset, parsed);
  return parsed;
}

data::Offset FolderStream::end(FileOffset offset) {
  if (offset.seen.size() > FileOffset::kSeenMax) {
    for (const SourceFile& file : offset.fold(FileOffset::kSeenMax / 2)) {
      log_.add(ReadLog::mark_of(offset.known_as(file.name)));
    }
  }
  data::Offset text = offset.to_offset();
  remember(text, offset);
  return text;
}

Result<std::string> FolderStream::log_entry(const data::Offset& from, const data::Offset& to) {
  SLUICE_ASSIGN(const FileOffset first, parse(from));
  SLUICE_ASSIGN(const FileOffset last, parse(to));
  if (last.logged > log_.size() || first.logged > last.logged) {
    return internal_error("asked for a log entry of offsets that were not the last");
  }
  return log_.bytes(first.logged, last.logged);
}

Result<connector::Lag> FolderStream::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const FileOffset offset, parse(from));
  SLUICE_TRY(prepare(offset, /*may_list=*/false));
  std::int64_t bytes = bytes_;
  if (offset.open && !io::packing_of(offset.open->file.name)) {
    bytes -= static_cast<std::int64_t>(offset.open->position);
  }
  return connector::Lag{static_cast<std::int64_t>(waiting_.size() - first_),
                        std::max<std::int64_t>(0, bytes)};
}

Status FolderStream::check_unchanged(const SourceFile& file) const {
  const std::string path = pattern_.path_of(file);
  SLUICE_ASSIGN(const auto now, files_.find(path));
  if (now && now->bytes == file.bytes && now->modified == file.modified) return {};
  return corruption_error("a file that is needed again has changed or is gone file=" + path +
                          " bytes=" + std::to_string(file.bytes) + "; put the old one back");
}

Result<std::vector<FolderStream::Piece>> FolderStream::pieces(const FileOffset& from,
                                                              const FileOffset& to) {
  std::vector<Piece> result;
  std::set<std::string_view> known;
  for (const SourceFile& file : from.seen) known.insert(file.name);
  std::int64_t finished = 0;
  for (const SourceFile& file : to.seen) {
    if (known.contains(file.name)) continue;
    ++finished;
    const bool was_open = from.open && from.open->file.name == file.name;
    result.push_back({was_open ? *from.open : OpenFile{file, 0, 1}, kToTheEnd});
  }
  if (finished != to.files - from.files) {
    return corruption_error("the range spans more files than an offset names (" +
                            std::to_string(to.files - from.files) +
                            "), so it cannot be read again");
  }
  if (to.open) {
    const bool was_open = from.open && from.open->file.name == to.open->file.name;
    result.push_back({was_open ? *from.open : OpenFile{to.open->file, 0, 1}, to.open->position});
  }
  return result;
}

}  // namespace sluice::connectors
