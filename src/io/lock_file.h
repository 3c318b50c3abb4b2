#pragma once

#include <optional>
#include <string>

#include "sluice/base/result.h"

namespace sluice::io {

/// What distinguishes the file from every copy of it, on this machine: its inode and when that was
/// made. Null: there is none.
std::optional<std::string> file_identity(const std::string& path);

/// An exclusive flock on a file of its own: of all processes, one holds it; the kernel gives it
/// back when the process dies. Never the database file itself: any open and close of that one in
/// the process would drop its lock.
class LockFile {
 public:
  /// Makes the file when it is not there. Null: another process has it, or another LockFile of this
  /// one.
  static Result<std::optional<LockFile>> try_acquire(const std::string& path);
  /// The process id of who holds it, as text; "unknown" when that is not known.
  static std::string holder_of(const std::string& path);

  /// Its file_identity().
  Result<std::string> identity() const;

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace sluice::io
