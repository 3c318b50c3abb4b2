#include "connectors/kafka/start_position.h"

#include <charconv>
#include <chrono>

namespace sluice::connectors::kafka {
namespace {

constexpr const char* kHowToStart =
    "write earliest, latest, {timestamp: \"2024-05-01 12:00:00\"} or "
    "{offsets: {<topic>: {<partition>: <offset>}}}";

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
  const bool behind = pieces.front() == '-';
  int hour = 0;
  int minute = 0;
  if (!pieces.one_of("+-") || !pieces.digits(2, hour)) return false;
  pieces.one_of(":");
  if (!pieces.empty() && !pieces.digits(2, minute)) return false;
  minutes = (hour * 60 + minute) * (behind ? -1 : 1);
  return true;
}

Result<std::int64_t> read_offset(const ConfigValue& value) {
  std::int64_t offset = 0;
  if (value.shape() != ConfigValue::Shape::kScalar || !read_number(value.text(), offset) ||
      offset < kEarliestOffset) {
    return value.error("an offset is a number from 0, -1 (the end) or -2 (the beginning)");
  }
  return offset;
}

Result<PartitionOffsets> read_partitions(const ConfigValue& map) {
  PartitionOffsets partitions;
  for (const ConfigValue::Entry& entry : map.entries()) {
    std::int32_t partition = 0;
    if (!read_number(entry.key, partition) || partition < 0) {
      return entry.value.error("'" + entry.key +
                               "' is no partition; partitions are numbers from 0");
    }
    SLUICE_ASSIGN(partitions[partition], read_offset(entry.value));
  }
  return partitions;
}

Result<StartPosition> read_offsets(const ConfigValue& value) {
  if (value.shape() != ConfigValue::Shape::kMap || value.entries().empty()) {
    return value.error(std::string("offsets is a map; ") + kHowToStart);
  }
  StartOffsets start;
  if (value.entries().front().value.shape() != ConfigValue::Shape::kMap) {
    SLUICE_ASSIGN(start.offsets[""], read_partitions(value));
    return StartPosition(std::move(start));
  }
  for (const ConfigValue::Entry& entry : value.entries()) {
    if (entry.value.shape() != ConfigValue::Shape::kMap) {
      return entry.value.error("expected a map of partition to offset for topic '" + entry.key +
                               "'");
    }
    SLUICE_ASSIGN(start.offsets[entry.key], read_partitions(entry.value));
  }
  return StartPosition(std::move(start));
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

Result<StartPosition> parse_start(const ConfigValue& value) {
  if (value.shape() == ConfigValue::Shape::kScalar) {
    if (value.text() == "earliest") return StartPosition(StartEarliest{});
    if (value.text() == "latest") return StartPosition(StartLatest{});
    return value.error("'" + value.text() + "' is no start; " + kHowToStart);
  }
  if (value.shape() == ConfigValue::Shape::kMap && value.entries().size() == 1) {
    const ConfigValue::Entry& entry = value.entries().front();
    if (entry.key == "timestamp") {
      const auto time = parse_timestamp_ms(entry.value.text());
      if (!time) {
        return entry.value.error(
            "'" + entry.value.text() +
            "' is no timestamp; write \"2024-05-01 12:00:00\" (UTC), add a zone "
            "like +02:00, or give milliseconds since 1970");
      }
      return StartPosition(StartTimestamp{*time});
    }
    if (entry.key == "offsets") return read_offsets(entry.value);
  }
  return value.error(std::string("this is no start; ") + kHowToStart);
}

}  // namespace sluice::connectors::kafka
