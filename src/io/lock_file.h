#pragma once

#include <string>

#include "base/result.h"

namespace sluice::state {

/// An exclusive flock on a file of its own: of all processes, one holds it; the kernel gives it
/// back when the process dies. Never the database file itself: any open and close of that one in
/// the process would drop its lock.
class LockFile {
 public:
  /// kConflict E_CHECKPOINT_LOCKED with the holder's process id when another process has it.
  static Result<LockFile> acquire(const std::string& path);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace sluice::state
