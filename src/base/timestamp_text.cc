#include "base/timestamp_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace sluice {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

/// Takes fixed pieces off the front of a timestamp.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : left_(text) {}

  bool digits(std::size_t count, int& number) {
    if (left_.size() < count || left_.find_first_not_of("0123456789") < count) return false;
    const bool read = read_number(left_.substr(0, count), number);
    left_.remove_prefix(count);
    return read;
  }
  bool one_of(std::string_view characters) {
    if (left_.empty() || characters.find(left_.front()) == std::string_view::npos) return false;
    left_.remove_prefix(1);
    return true;
  }
  char front() const { return left_.empty() ? '\0' : left_.front(); }
  bool empty() const { return left_.empty(); }
  /// Up to `count` digits of a fraction, as thousandths.
  bool fraction(int& thousandths) {
    int scale = 100;
    bool any = false;
    while (!left_.empty() && left_.front() >= '0' && left_.front() <= '9') {
      thousandths += (left_.front() - '0') * scale;
      scale /= 10;
      left_.remove_prefix(1);
      any = true;
    }
    return any;
  }

 private:
  std::string_view left_;
};

/// "Z", "+02:00", "-0530" as minutes ahead of UTC.
bool read_zone(Pieces& pieces, int& minutes) {
  if (pieces.empty() || pieces.one_of("Zz")) return true;
  const bool is_west = pieces.front() == '-';
  int hour = 0;
  int minute = 0;
  if (!pieces.one_of("+-") || !pieces.digits(2, hour)) return false;
  pieces.one_of(":");
  if (!pieces.empty() && !pieces.digits(2, minute)) return false;
  minutes = (hour * 60 + minute) * (is_west ? -1 : 1);
  return true;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  std::int64_t number = 0;
  if (read_number(text, number)) return number < 0 ? std::nullopt : std::optional(number);
  Pieces pieces(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!pieces.digits(4, year) || !pieces.one_of("-") || !pieces.digits(2, month) ||
      !pieces.one_of("-") || !pieces.digits(2, day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  int hour = 0;
  int minute = 0;
  int second = 0;
  int thousandths = 0;
  int zone = 0;
  if (!pieces.empty()) {
    if (!pieces.one_of("T ") || !pieces.digits(2, hour) || !pieces.one_of(":") ||
        !pieces.digits(2, minute)) {
      return std::nullopt;
    }
    if (pieces.one_of(":") && !pieces.digits(2, second)) return std::nullopt;
    if (pieces.one_of(".") && !pieces.fraction(thousandths)) return std::nullopt;
    if (!read_zone(pieces, zone)) return std::nullopt;
  }
  if (!pieces.empty() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + hour) * 60 + minute - zone) * 60 + second;
  const std::int64_t milliseconds = seconds * 1000 + thousandths;
  return milliseconds < 0 ? std::nullopt : std::optional(milliseconds);
}

std::string timestamp_text(std::int64_t milliseconds) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d.%03d+00",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string iso_time_text(std::int64_t micros) {
  using std::chrono::microseconds;
  const auto time = std::chrono::floor<std::chrono::milliseconds>(microseconds(micros));
  std::string text = timestamp_text(time.count());
  text.replace(text.find(' '), 1, "T");
  return text.replace(text.find('+'), std::string::npos, "Z");
}

}  // namespace sluice
