#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors {

/// Knows when a folder is worth another listing while nothing in it is waiting, so that an idle
/// folder costs a look at its own time and those of its sub-folders, and not one at each file
/// (docs/decisions/0014-what-a-folder-has-read.md). Where times cannot be relied on, listings are
/// made as long as they are cheap, and else for a twentieth of the time.
class FolderWatch {
 public:
  /// Both outlive this.
  FolderWatch(io::FileSystem& files, const Clock& clock) : files_(files), clock_(clock) {}

  /// Makes a listing of `folder`, and notes what it took and when the folder changed before it.
  Status list(const std::string& folder, bool recursive, const std::function<Status()>& listing);

  bool has_listed() const { return listed_at_.has_value(); }
  /// While files are waiting: listing takes at most a twentieth of the time.
  bool may_list_again() const;
  /// While none is: another listing may find one.
  bool may_have_more();

 private:
  using Nanoseconds = std::chrono::nanoseconds;

  /// Something that took `took`, at `at`, may be done again, for one part in `share` of the time.
  bool is_affordable(Nanoseconds at, Nanoseconds took, int share) const;
  bool has_changed() const;

  io::FileSystem& files_;
  const Clock& clock_;
  std::optional<Nanoseconds> listed_at_;  // on the steady clock; null: never
  Nanoseconds listing_took_{0};
  std::vector<io::FileInfo> folders_;  // before the listing; empty: their times say nothing
  bool is_young_ = false;              // one of them changed so shortly before that a change
                                       // afterwards may have left it the same time
  Nanoseconds looked_at_{0};           // at their times
  Nanoseconds looking_took_{0};
};

}  // namespace sluice::connectors
