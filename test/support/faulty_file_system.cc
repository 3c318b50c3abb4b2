#include "support/faulty_file_system.h"

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

namespace sluice::io {
namespace {

namespace fs = std::filesystem;

/// 0: nothing is there.
std::uint64_t inode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::vector<std::string> entries_of(const std::string& folder, bool recursive) {
  std::vector<std::string> paths;
  std::error_code none;
  if (recursive) {
    for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
      paths.push_back(entry.path());
    }
  } else {
    for (const auto& entry : fs::directory_iterator(folder, none)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);  // folders before what is in them
  return paths;
}

bool begins(const std::string& path, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(
      beginnings, [&](const std::string& beginning) { return path.starts_with(beginning); });
}

}  // namespace

FaultyFileSystem::FaultyFileSystem(FileSystem& files, std::string root)
    : files_(files), root_(std::move(root)) {
  for (const std::string& path : entries_of(root_, /*recursive=*/true)) note_durable(path);
}

void FaultyFileSystem::note_durable(const std::string& path) {
  entries_[path] = inode_of(path);
  synced_.insert(path);
}

bool FaultyFileSystem::is_durable(const std::string& path) const {
  const auto known = entries_.find(path);
  if (known == entries_.end()) return false;
  const std::uint64_t now = inode_of(path);
  return now == 0 || now == known->second;
}

void FaultyFileSystem::trust_content(std::string beginning) {
  const std::lock_guard lock(mutex_);
  trusted_contents_.push_back(std::move(beginning));
}

void FaultyFileSystem::trust(std::string beginning) {
  const std::lock_guard lock(mutex_);
  trusted_.push_back(std::move(beginning));
}

void FaultyFileSystem::fail_at(std::size_t operation, Fault fault) {
  const std::lock_guard lock(mutex_);
  fail_at_ = operations_ + operation;
  fault_ = fault;
}

void FaultyFileSystem::happen_at(std::size_t operation, std::function<void()> event) {
  const std::lock_guard lock(mutex_);
  event_at_ = operations_ + operation;
  event_ = std::move(event);
}

void FaultyFileSystem::cut_at(std::size_t operation, std::string into) {
  const std::lock_guard lock(mutex_);
  cut_at_ = operations_ + operation;
  cut_into_ = std::move(into);
}

bool FaultyFileSystem::was_cut() const {
  const std::lock_guard lock(mutex_);
  return was_cut_;
}

std::size_t FaultyFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

std::optional<FaultyFileSystem::Fault> FaultyFileSystem::count() {
  ++operations_;
  if (operations_ == event_at_) event_();
  if (operations_ == cut_at_) {
    std::error_code failed;
    fs::copy(root_, cut_into_, fs::copy_options::recursive, failed);
    was_cut_ = !failed && lose(cut_into_);
  }
  if (was_cut_) return Fault::kBefore;
  if (operations_ != fail_at_) return std::nullopt;
  return fault_;
}

template <class Work>
auto FaultyFileSystem::change(Work work) -> decltype(work()) {
  const std::lock_guard lock(mutex_);
  const auto fault = count();
  const std::string name = "operation " + std::to_string(operations_);
  if (fault == Fault::kBefore) return transient_error("injected fault before " + name);
  auto result = work();
  if (fault == Fault::kAfter) return transient_error("injected fault after " + name);
  return result;
}

Status FaultyFileSystem::lose_unsynced() {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(lose(root_));
  renames_.clear();
  removed_.clear();
  return {};
}

Status FaultyFileSystem::lose(const std::string& base) {
  const auto in_base = [&](const std::string& path) { return base + path.substr(root_.size()); };
  std::set<std::string> synced = synced_;
  std::set<std::string> durable;
  for (const std::string& path : entries_of(root_, /*recursive=*/true)) {
    if (is_durable(path)) durable.insert(path);
  }
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    const auto& [from, to] = *rename;
    if (durable.contains(to) || !is_there(in_base(to))) continue;
    SLUICE_TRY(files_.rename(in_base(to), in_base(from)));
    if (synced.erase(to) > 0) synced.insert(from);
    if (entries_.contains(from)) durable.insert(from);
  }
  for (const auto& [path, content] : removed_) {
    if (!entries_.contains(path)) continue;
    SLUICE_TRY(files_.write_atomic(in_base(path), content));
    durable.insert(path);
  }
  for (const std::string& there : entries_of(base, /*recursive=*/true)) {
    const std::string path = root_ + there.substr(base.size());
    if (begins(path, trusted_)) continue;
    if (!durable.contains(path)) {
      std::error_code ignored;  // gone with its folder
      fs::remove_all(there, ignored);
    } else if (!synced.contains(path) && !begins(path, trusted_contents_) &&
               fs::is_regular_file(there)) {
      SLUICE_TRY(files_.write_atomic(there, ""));
    }
  }
  return {};
}

Result<std::optional<FileInfo>> FaultyFileSystem::find(const std::string& path) {
  return files_.find(path);
}

bool FaultyFileSystem::is_there(const std::string& path) {
  const auto found = files_.find(path);
  return found && *found;
}

Result<std::string> FaultyFileSystem::read(const std::string& path) { return files_.read(path); }

Result<std::size_t> FaultyFileSystem::read_at(const std::string& path, std::uint64_t offset,
                                              std::span<char> out) {
  return files_.read_at(path, offset, out);
}

Result<std::vector<FileInfo>> FaultyFileSystem::list(const std::string& folder, bool recursive,
                                                     std::size_t files_max) {
  return files_.list(folder, recursive, files_max);
}

Status FaultyFileSystem::make_folders(const std::string& path) {
  return change([&]() -> Status {
    std::vector<std::string> made;
    for (std::string folder = path; folder.size() > root_.size() && !is_there(folder);
         folder = parent_folder(folder)) {
      made.push_back(folder);
    }
    SLUICE_TRY(files_.make_folders(path));
    for (const std::string& folder : made) note_durable(folder);
    return {};
  });
}

Status FaultyFileSystem::write_atomic(const std::string& path, std::string_view content) {
  return change([&]() -> Status {
    SLUICE_TRY(files_.write_atomic(path, content));
    note_durable(path);
    return {};
  });
}

Result<bool> FaultyFileSystem::write_if_absent(const std::string& path, std::string_view content) {
  return change([&]() -> Result<bool> {
    SLUICE_ASSIGN(const bool written, files_.write_if_absent(path, content));
    if (written) note_durable(path);
    return written;
  });
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  return change([&]() -> Status {
    SLUICE_TRY(files_.rename(from, to));
    renames_.emplace_back(from, to);
    if (synced_.erase(from) > 0) synced_.insert(to);
    return {};
  });
}

Status FaultyFileSystem::remove(const std::string& path) {
  return change([&]() -> Status {
    if (auto content = files_.read(path); content && is_durable(path)) {
      removed_[path] = *std::move(content);
    }
    return files_.remove(path);
  });
}

Status FaultyFileSystem::sync(const std::string& path) {
  return change([&]() -> Status {
    SLUICE_TRY(files_.sync(path));
    if (!fs::is_directory(path)) {
      synced_.insert(path);
      return {};
    }
    std::erase_if(entries_, [&](const auto& entry) {
      return parent_folder(entry.first) == path && !is_there(entry.first);
    });
    std::erase_if(removed_, [&](const auto& file) { return parent_folder(file.first) == path; });
    for (const std::string& entry : entries_of(path, /*recursive=*/false)) {
      entries_[entry] = inode_of(entry);
      // A rename is one step: its old name goes with the new one's arrival.
      for (const auto& [from, to] : renames_) {
        if (to == entry) entries_.erase(from);
      }
    }
    return {};
  });
}

Status FaultyFileSystem::make_private(const std::string& path) { return files_.make_private(path); }

Result<bool> FaultyFileSystem::is_private(const std::string& path) {
  return files_.is_private(path);
}

}  // namespace sluice::io
