#include "connectors/files/folder_watch.h"

#include <algorithm>

namespace sluice::connectors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// What is not cheap takes at most one part in this many of the time.
constexpr int kShare = 20;
/// What takes no longer is done whenever it is asked for.
constexpr milliseconds kCheap{2};
/// File systems keep times as coarsely as this at worst.
constexpr Micros kYoung = 2'000'000;
/// Listings are made this often, whatever the times say.
constexpr seconds kListAnyway{10};

}  // namespace

Status FolderWatch::list(const std::string& folder, bool recursive,
                         const std::function<Status()>& listing) {
  looked_at_ = clock_.steady();
  SLUICE_ASSIGN(folders_, files_.folder_times(folder, recursive));
  const Micros now = clock_.now();
  is_young_ = std::ranges::any_of(
      folders_, [now](const io::FileInfo& one) { return one.modified > now - kYoung; });
  const auto start = clock_.steady();
  looking_took_ = start - looked_at_;
  SLUICE_TRY(listing());
  listed_at_ = clock_.steady();
  listing_took_ = *listed_at_ - start;
  return {};
}

bool FolderWatch::is_affordable(Nanoseconds at, Nanoseconds took, int share) const {
  return took <= kCheap || clock_.steady() - at >= took * share;
}

bool FolderWatch::may_list_again() const {
  return !listed_at_ || clock_.steady() - *listed_at_ >= listing_took_ * kShare;
}

bool FolderWatch::has_changed() const {
  return std::ranges::any_of(folders_, [this](const io::FileInfo& then) {
    const auto now = files_.find(then.path);
    // What is wrong with it the listing says.
    return !now || !*now || (*now)->modified != then.modified;
  });
}

bool FolderWatch::may_have_more() {
  if (!listed_at_) return true;
  if (!is_affordable(*listed_at_, listing_took_, kShare)) return false;
  if (folders_.empty() || is_young_) return true;
  if (clock_.steady() - *listed_at_ >= std::max<Nanoseconds>(kListAnyway, listing_took_ * 100)) {
    return true;
  }
  if (!is_affordable(looked_at_, looking_took_, kShare)) return false;
  looked_at_ = clock_.steady();
  const bool changed = has_changed();
  looking_took_ = clock_.steady() - looked_at_;
  return changed;
}

}  // namespace sluice::connectors
