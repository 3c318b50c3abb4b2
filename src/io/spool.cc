#include "io/spool.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace sluice::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockEnding = ".lock";

std::string key_of(const std::string& path, std::uint64_t bytes, Micros modified) {
  return path + "\n" + std::to_string(bytes) + "\n" + std::to_string(modified);
}

}  // namespace

Spool::Spool(FileSystem& files, std::string folder, std::uint64_t copied_bytes_max)
    : files_(files), folder_(std::move(folder)), copied_bytes_max_(copied_bytes_max) {}

Spool::~Spool() {
  if (own_.empty()) return;
  std::error_code ignored;
  fs::remove_all(own_, ignored);
  fs::remove(own_ + std::string(kLockEnding), ignored);
  // Others may still use them; then they are not empty and stay.
  fs::remove(folder_, ignored);
  fs::remove(parent_folder(folder_), ignored);
}

/// The lock of a process that lives is taken; that of one that is gone can be had.
Status Spool::remove_unlocked(const std::string& name) {
  const std::string lock_path = join_path(folder_, name);
  SLUICE_ASSIGN(const auto lock, LockFile::try_acquire(lock_path));
  if (!lock) return {};
  std::error_code ignored;
  fs::remove_all(lock_path.substr(0, lock_path.size() - kLockEnding.size()), ignored);
  fs::remove(lock_path, ignored);
  return {};
}

Status Spool::begin() {
  if (!own_.empty()) return {};
  SLUICE_TRY(files_.make_folders(folder_));
  std::vector<std::string> locks;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder_, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kLockEnding)) locks.push_back(name);
  }
  for (const std::string& name : locks) SLUICE_TRY(remove_unlocked(name));
  for (int number = 0;; ++number) {
    const std::string own =
        join_path(folder_, std::to_string(::getpid()) + "-" + std::to_string(number));
    SLUICE_ASSIGN(auto lock, LockFile::try_acquire(own + std::string(kLockEnding)));
    if (!lock) continue;
    SLUICE_TRY(files_.make_folders(own));
    lock_ = std::move(lock);
    own_ = own;
    return {};
  }
}

Result<std::string> Spool::folder_for(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  SLUICE_TRY(begin());
  std::string folder = new_path(path);
  SLUICE_TRY(files_.make_folders(folder));
  return folder;
}

void Spool::remove(const std::string& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

void Spool::make_room(std::uint64_t bytes) {
  for (auto age = ages_.begin(); age != ages_.end() && copied_bytes_ + bytes > copied_bytes_max_;) {
    const auto copy = copies_.find(*age);
    ++age;
    if (copy->second.use.use_count() > 1) continue;
    // What cannot be removed only takes room.
    static_cast<void>(files_.remove(copy->second.path));
    copied_bytes_ -= copy->second.bytes;
    ages_.erase(copy->second.age);
    copies_.erase(copy);
  }
}

std::string Spool::new_path(const std::string& path) {
  // A store's names may be longer than a file system's: the ending says what the file is.
  constexpr std::size_t kNameBytesMax = 200;
  std::string name = file_name(path);
  if (name.size() > kNameBytesMax) name.erase(0, name.size() - kNameBytesMax);
  return join_path(own_, std::to_string(++number_) + "-" + name);
}

LocalCopy Spool::use(const std::string& key) {
  const Copy& copy = copies_.at(key);
  ages_.splice(ages_.end(), ages_, copy.age);
  return {copy.path, copy.use};
}

Result<LocalCopy> Spool::fetch(const std::string& path, std::uint64_t bytes, Micros modified) {
  if (files_.is_local(path)) return LocalCopy(path, nullptr);
  const std::string key = key_of(path, bytes, modified);
  Copy copy;
  {
    const std::scoped_lock lock(mutex_);
    SLUICE_TRY(begin());
    if (copies_.contains(key)) return use(key);
    make_room(bytes);
    copy.path = new_path(path);
    copy.bytes = bytes;
  }
  SLUICE_TRY(files_.download(path, copy.path));
  SLUICE_ASSIGN(const FileInfo there, files_.stat(copy.path));
  if (there.bytes != bytes) {
    static_cast<void>(files_.remove(copy.path));
    return transient_error("path=" + path + " has bytes=" + std::to_string(there.bytes) +
                           " and had bytes=" + std::to_string(bytes) + " when it was listed");
  }
  const std::scoped_lock lock(mutex_);
  if (copies_.contains(key)) {
    // Another thread was faster.
    static_cast<void>(files_.remove(copy.path));
    return use(key);
  }
  copied_bytes_ += bytes;
  copy.age = ages_.insert(ages_.end(), key);
  copies_.emplace(key, std::move(copy));
  return use(key);
}

}  // namespace sluice::io
