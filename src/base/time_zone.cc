#include "base/time_zone.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
/// The table has the years before this.
constexpr int kYearsEnd = 2080;
constexpr std::int64_t kTableEnd = 3'471'292'800;  ///< 2080-01-01
constexpr int kLikeFirst = 2040;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t first_day(int year) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::January,
                                         std::chrono::day{1}};
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

/// The same second of a year from 2040 to 2079 that has the same days of the week.
std::int64_t like_second(std::int64_t second) {
  const auto day = static_cast<int>(floor_divide(second, kSecondsPerDay));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto in = date.year();
  const std::int64_t start = first_day(static_cast<int>(in));
  for (int year = kLikeFirst; year < kYearsEnd; ++year) {
    const std::int64_t days = start - first_day(year);
    if (days % 7 == 0 && std::chrono::year{year}.is_leap() == in.is_leap()) {
      return second - days * kSecondsPerDay;
    }
  }
  return second;
}

}  // namespace

TimeZone::TimeZone(std::string name, std::int32_t first_offset, std::vector<Change> changes)
    : name_(std::move(name)), first_offset_(first_offset), changes_(std::move(changes)) {}

std::int32_t TimeZone::offset_at(Micros instant) const {
  std::int64_t second = floor_divide(instant, kSecond);
  if (changes_.empty()) return first_offset_;
  if (second >= kTableEnd) second = like_second(second);
  const auto after = std::ranges::upper_bound(changes_, second, {}, &Change::at);
  return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

Micros TimeZone::to_local(Micros instant) const { return instant + offset_at(instant) * kSecond; }

Micros TimeZone::to_instant(Micros local) const {
  // Offsets are less than a day, changes further apart: one before and one after are all there are.
  const std::int32_t before = offset_at(local - kSecondsPerDay * kSecond);
  const std::int32_t after = offset_at(local + kSecondsPerDay * kSecond);
  const Micros first = local - before * kSecond;
  if (before == after || offset_at(first) == before) return first;
  const Micros second = local - after * kSecond;
  return offset_at(second) == after ? second : first;
}

}  // namespace sluice
