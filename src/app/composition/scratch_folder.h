#pragma once

#include <string>

namespace sluice::app {

/// An empty folder below the system's temporary folder ($TMPDIR), removed with all that is in it
/// at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sluice::app
