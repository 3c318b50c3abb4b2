#include "io/faulty_file_system.h"

#include <algorithm>

namespace sluice::io {

FaultyFileSystem::FaultyFileSystem(FileSystem& files, std::string root)
    : files_(files), root_(std::move(root)) {
  auto listed = files_.list(root_, /*recursive=*/true);
  if (!listed) return;
  for (const FileInfo& file : *listed) note_durable(file.path);
}

void FaultyFileSystem::note_durable(const std::string& path) {
  entries_.insert(path);
  synced_.insert(path);
}

void FaultyFileSystem::fail_at(std::size_t operation, Fault fault) {
  const std::lock_guard lock(mutex_);
  fail_at_ = operations_ + operation;
  fault_ = fault;
}

std::size_t FaultyFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

std::optional<FaultyFileSystem::Fault> FaultyFileSystem::count() {
  ++operations_;
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
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    if (!entries_.contains(rename->second) && is_there(rename->second)) {
      SLUICE_TRY(files_.rename(rename->second, rename->first));
      if (synced_.erase(rename->second) > 0) synced_.insert(rename->first);
    }
  }
  for (const auto& [path, content] : removed_) {
    if (entries_.contains(path)) SLUICE_TRY(files_.write_atomic(path, content));
  }
  SLUICE_ASSIGN(const auto left, files_.list(root_, /*recursive=*/true));
  for (const FileInfo& file : left) {
    if (!entries_.contains(file.path)) {
      SLUICE_TRY(files_.remove(file.path));
    } else if (!synced_.contains(file.path)) {
      SLUICE_TRY(files_.write_atomic(file.path, ""));
    }
  }
  renames_.clear();
  removed_.clear();
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
  return change([&] { return files_.make_folders(path); });
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
    if (auto content = files_.read(path); content && entries_.contains(path)) {
      removed_[path] = *std::move(content);
    }
    return files_.remove(path);
  });
}

Status FaultyFileSystem::sync(const std::string& path) {
  return change([&]() -> Status {
    SLUICE_TRY(files_.sync(path));
    auto inside = files_.list(path, /*recursive=*/false);
    if (!inside) {  // a file
      synced_.insert(path);
      return {};
    }
    std::erase_if(entries_, [&](const std::string& entry) {
      return parent_folder(entry) == path && !is_there(entry);
    });
    std::erase_if(removed_, [&](const auto& file) { return parent_folder(file.first) == path; });
    for (const FileInfo& file : *inside) {
      entries_.insert(file.path);
      // A rename is one step: its old name goes with the new one's arrival.
      for (const auto& [from, to] : renames_) {
        if (to == file.path) entries_.erase(from);
      }
    }
    return {};
  });
}

}  // namespace sluice::io
