#pragma once

#include <string>

#include "sluice/base/result.h"

namespace sluice::app {

/// An empty folder below the system's temporary folder ($TMPDIR), removed with all that is in it
/// at the end.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Before path(); nothing to do when it is made. kUser E_NO_TEMPORARY_FOLDER.
  Status make();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sluice::app
