#include "connectors/files/folder_resume.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/utf8_text.h"

namespace sluice::connectors {
namespace {

void add_to_log(const FileOffset& offset, const std::vector<SourceFile>& files, ReadLog& log) {
  for (const SourceFile& file : files) log.add(ReadLog::mark_of(offset.known_as(file.name)));
}

/// Offsets had no log once: what sorted at or before a place counted as read. Those files are put
/// into the log, so that later ones are distinguished from them.
Status log_all_before(const std::vector<SourceFile>& there, FileOrder order, ReadLog& log,
                      FileOffset& offset) {
  std::set<std::string_view> named;
  for (const SourceFile& file : offset.seen) named.insert(file.name);
  std::vector<SourceFile> before;
  for (const SourceFile& file : there) {
    if (named.contains(file.name) || reads_before(*offset.before, file, order)) continue;
    before.push_back(file);
  }
  add_to_log(offset, before, log);
  const auto count = static_cast<std::int64_t>(before.size());
  const std::int64_t late = count - (offset.files - static_cast<std::int64_t>(offset.seen.size()));
  if (late > 0) {
    log_warn("files came late while an earlier version read the folder, and were not read: count=" +
             std::to_string(late) + " folder=" + offset.root +
             "; give them new names, so that they are");
  }
  offset.logged = count;
  offset.before.reset();
  return {};
}

Error folder_changed(const FolderNow& now, const std::string& checkpoint,
                     const FileOffset& offset) {
  return user_error(
      "E_FOLDER_CHANGED: so far the source has read " + offset.root + ", and its path names " +
      now.root +
      " now\n  if the folder was moved, with the files in it: write 'moved_from: " + offset.root +
      "' beside 'path', and those that were read are not read again\n  if these "
      "are other files: sluice checkpoint forget " +
      checkpoint + " --source " + now.source +
      ", and all of them are read\n  if it was a mistake: write the old path");
}

/// The folder above or below the old one: files are known by their whole paths, so that only their
/// names in the offset change.
Status go_up_or_down(const FolderNow& now, ReadLog& log, FileOffset& offset) {
  if (offset.open) {
    const std::string path = io::join_path(offset.root, offset.open->file.name);
    const auto name = below(now.root, path);
    if (!name) {
      return user_error("E_FOLDER_CHANGED: " + path + " is read in part, and path=" + now.path +
                        " does not reach it; run the pipeline with the old path until it is read");
    }
    offset.open->file.name = *name;
  }
  add_to_log(offset, offset.fold(0), log);
  offset.root = now.root;
  return {};
}

void move(const std::string& from, const std::string& to, FileOffset& offset) {
  std::string known = offset.known_as("");
  while (known.size() > 1 && known.ends_with('/')) known.pop_back();
  std::erase_if(offset.moved, [&](const MovedFolder& folder) { return folder.to == from; });
  offset.moved.insert(offset.moved.begin(), {to, std::move(known)});
  offset.root = to;
}

}  // namespace

Result<std::string> whole_path(const std::string& path, io::FileSystem& files) {
  if (!files.is_local(path)) {
    SLUICE_ASSIGN(io::StoreAddress address, files.address(path));
    while (address.url.ends_with('/')) address.url.pop_back();
    return std::move(address.url);
  }
  std::error_code problem;
  std::string whole = std::filesystem::absolute(path, problem).lexically_normal();
  if (problem) return user_error("the working directory is gone: " + problem.message());
  while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return with_valid_utf8(whole);
}

Status go_on_in_folder(const FolderNow& now, const std::string& checkpoint, io::FileSystem& files,
                       const std::function<Result<std::vector<SourceFile>>()>& list, ReadLog& log,
                       FileOffset& offset) {
  if (offset.root.empty()) {
    offset.root = now.root;
    if (!offset.before) return {};
    SLUICE_ASSIGN(const auto there, list());
    return log_all_before(there, now.order, log, offset);
  }
  if (offset.root == now.root) return {};
  if (!now.moved_from.empty()) {
    SLUICE_ASSIGN(const std::string from, whole_path(now.moved_from, files));
    if (from == offset.root) {
      log_info("source " + now.source + ": the files of " + from + " are now in " + now.root);
      move(from, now.root, offset);
      return {};
    }
  }
  const bool nested =
      below(now.root, offset.root).has_value() || below(offset.root, now.root).has_value();
  return nested ? go_up_or_down(now, log, offset) : folder_changed(now, checkpoint, offset);
}

}  // namespace sluice::connectors
