#include "formats/time_text.h"

#include <chrono>

#include "base/ascii_text.h"
#include "base/clock.h"

namespace sluice::formats {

namespace {

constexpr int kOffsetHoursMax = 18;

/// As Java's String.trim: control characters are blanks, too.
std::string_view java_trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Reads one text from left to right; every take_ moves on only when it succeeds.
class TimeReader {
 public:
  TimeReader(std::string_view text, TimeForms forms)
      : text_(text), spark_(forms == TimeForms::kSpark) {}

  bool at_end() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // A number of `fewest` to `most` digits that no further digit follows.
  bool take_number(std::size_t fewest, std::size_t most, int& number) {
    std::size_t end = at_;
    int sum = 0;
    while (end < text_.size() && end - at_ < most && is_digit(text_[end])) {
      sum = sum * 10 + (text_[end++] - '0');
    }
    if (end - at_ < fewest || (end < text_.size() && is_digit(text_[end]))) return false;
    at_ = end;
    number = sum;
    return true;
  }

  // Two digits; in Spark's forms one will do.
  bool take_two(int& number) { return take_number(spark_ ? 1 : 2, 2, number); }

  bool take_date(std::int32_t& days) {
    int year = 0;
    int month = 1;
    int day = 1;
    const bool negative = spark_ && take('-');
    if (spark_ && !negative) take('+');
    if (!take_number(4, spark_ ? 6 : 4, year)) return false;
    if (negative) year = -year;
    const bool has_month = take('-');
    if (!has_month && !spark_) return false;
    if (has_month) {
      if (!take_two(month)) return false;
      const bool has_day = take('-');
      if (!has_day && !spark_) return false;
      if (has_day && !take_two(day)) return false;
    }
    // chrono's years end at 32767.
    if (year > 32767 || year < -32767) return false;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return false;
    days = static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
    return true;
  }

  // HH:MM[:SS[.f]]; Spark takes the hour alone as well.
  bool take_time(std::int64_t& micros) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int64_t fraction = 0;
    if (!take_two(hour)) return false;
    if (take(':')) {
      if (!take_two(minute)) return false;
      if (take(':') && (!take_two(second) || (take('.') && !take_fraction(fraction)))) {
        return false;
      }
    } else if (!spark_) {
      return false;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    micros = (hour * 60 + minute) * kMinute + second * kSecond + fraction;
    return true;
  }

  // What is to be taken off to come to UTC; nothing there is 0.
  bool take_offset(std::int64_t& micros) {
    micros = 0;
    if (spark_) take_zone_name();
    if (at_end() || take('Z')) return true;
    const bool negative = take('-');
    if (!negative && !take('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (take_number(4, 4, hours)) {
      minutes = hours % 100;
      hours /= 100;
    } else if (!take_two(hours) || (take(':') && !take_two(minutes))) {
      return false;
    }
    if (minutes > 59 || hours * 60 + minutes > kOffsetHoursMax * 60) return false;
    micros = (hours * 60 + minutes) * kMinute;
    if (negative) micros = -micros;
    return true;
  }

 private:
  bool take_fraction(std::int64_t& micros) {
    constexpr std::size_t kFractionDigitsMax = 9;
    std::int64_t unit = kSecond / 10;
    std::size_t digits = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_, ++digits, unit /= 10) {
      micros += unit * (text_[at_] - '0');
    }
    return spark_ || (digits >= 1 && digits <= kFractionDigitsMax);
  }

  void take_zone_name() {
    while (take(' ')) {
    }
    for (const std::string_view name : {"UTC", "GMT", "UT"}) {
      if (rest().starts_with(name)) {
        at_ += name.size();
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool spark_;
};

}  // namespace

std::optional<std::int32_t> parse_date(std::string_view text, TimeForms forms) {
  const bool spark = forms == TimeForms::kSpark;
  TimeReader reader(spark ? java_trimmed(text) : text, forms);
  std::int32_t days = 0;
  if (!reader.take_date(days)) return std::nullopt;
  if (!reader.at_end() && !(spark && (reader.take('T') || reader.take(' ')))) return std::nullopt;
  return days;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  TimeReader reader(text, TimeForms::kStrict);
  std::int64_t micros = 0;
  if (!reader.take_time(micros) || !reader.at_end()) return std::nullopt;
  return micros;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text, TimeForms forms,
                                            bool* names_zone) {
  TimeReader reader(forms == TimeForms::kSpark ? java_trimmed(text) : text, forms);
  std::int32_t days = 0;
  if (!reader.take_date(days)) return std::nullopt;
  std::int64_t micros = days * kDay;
  if (reader.at_end()) return micros;
  std::int64_t time = 0;
  std::int64_t offset = 0;
  if (!reader.take('T') && !reader.take(' ')) return std::nullopt;
  if (!reader.take_time(time)) return std::nullopt;
  if (names_zone != nullptr) *names_zone = !reader.at_end();
  if (!reader.take_offset(offset) || !reader.at_end()) return std::nullopt;
  return micros + time - offset;
}

}  // namespace sluice::formats
