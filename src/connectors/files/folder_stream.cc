#include "connectors/files/folder_stream.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/log.h"

namespace sluice::connectors {
namespace {

/// Changed files whose names are kept so that each is logged once.
constexpr std::size_t kWarnedMax = 1000;

}  // namespace

FolderStream::FolderStream(FolderOptions options, const connector::Context& context)
    : options_(std::move(options)),
      files_(context.files),
      clock_(context.clock),
      pattern_(options_.path, options_.recursive) {}

Status FolderStream::freeze() {
  SLUICE_ASSIGN(frozen_, list());
  return {};
}

Result<std::vector<SourceFile>> FolderStream::list() const {
  if (frozen_) return *frozen_;
  SLUICE_ASSIGN(auto listed, pattern_.list(files_, options_.order));
  if (options_.age_min > 0) {
    const Micros newest = clock_.now() - options_.age_min;
    std::erase_if(listed, [&](const SourceFile& file) { return file.modified > newest; });
  }
  if (!options_.ending.empty()) {
    std::erase_if(listed,
                  [&](const SourceFile& file) { return !file.name.ends_with(options_.ending); });
  }
  return listed;
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

void FolderStream::warn_of_changes(const FileOffset& from, const std::vector<SourceFile>& files) {
  std::unordered_map<std::string_view, const SourceFile*> present;
  for (const SourceFile& file : files) present[file.name] = &file;
  for (const SourceFile& read : from.seen) {
    const auto found = present.find(read.name);
    if (found == present.end() || *found->second == read || warned_.size() >= kWarnedMax) continue;
    if (!warned_.insert(read.name).second) continue;
    log_warn("file changed after it was read, what is new in it is not read: file=" +
             pattern_.path_of(read) + " bytes=" + std::to_string(read.bytes) +
             " now=" + std::to_string(found->second->bytes) + "; give new rows a new file");
  }
}

void FolderStream::warn_of_latecomers(const FileOffset& from,
                                      const std::vector<SourceFile>& files) {
  const std::int64_t count = from.passed_over(files, options_.order);
  if (count <= latecomers_) return;
  latecomers_ = count;
  log_warn("files came late, in front of those read long ago, and are not read: count=" +
           std::to_string(count) + " at_or_before=" + pattern_.path_of(*from.before) +
           "; give them names that sort behind, or use order: time");
}

Result<std::vector<OpenFile>> FolderStream::waiting(const FileOffset& from) {
  SLUICE_ASSIGN(const auto listed, list());
  warn_of_changes(from, listed);
  warn_of_latecomers(from, listed);
  std::vector<OpenFile> result;
  if (from.open) {
    SLUICE_TRY(check_open(from.open->file));
    result.push_back(*from.open);
  }
  for (SourceFile& file : from.unread(listed, options_.order)) {
    if (from.open && file.name == from.open->file.name) continue;
    result.push_back({std::move(file), 0, 1});
  }
  return result;
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
