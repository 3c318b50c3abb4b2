#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sluice::cli {

/// Notices that files change: the files in folders, not of those below, and single files. Editors
/// put a new file in the place of the old one, so names are looked at, again and again.
class WatchedFiles {
 public:
  explicit WatchedFiles(std::vector<std::string> paths);

  /// Names of the files that have come, changed or gone since the last call, as they are below the
  /// paths.
  std::vector<std::string> changes();

 private:
  struct Looks {
    std::filesystem::file_time_type changed;
    std::uintmax_t bytes = 0;
    bool operator==(const Looks&) const = default;
  };

  std::map<std::string, Looks> look() const;

  std::vector<std::string> paths_;
  std::map<std::string, Looks> known_;
};

}  // namespace sluice::cli
