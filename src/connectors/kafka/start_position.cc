#include "connectors/kafka/start_position.h"

#include <charconv>

#include "base/timestamp_text.h"

namespace sluice::connectors::kafka {
namespace {

/// What is read: `start`, or `end`.
struct Border {
  const char* name;
  const char* how;
  std::int64_t smallest;  ///< number that is an offset
  const char* what_is_an_offset;
};
constexpr Border kStart = {"start",
                           "write earliest, latest, {timestamp: \"2024-05-01 12:00:00\"} or "
                           "{offsets: {<topic>: {<partition>: <offset>}}}",
                           kEarliestOffset,
                           "an offset is a number from 0, -1 (the end) or -2 (the beginning)"};
constexpr Border kEnd = {
    "end",
    "write latest, {timestamp: \"2024-05-01 12:00:00\"} or "
    "{offsets: {<topic>: {<partition>: <offset>}}}",
    kLatestOffset,
    "an offset at which reading ends is a number from 0, or -1 (the end at the start)"};

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

Result<std::int64_t> read_offset(const ConfigValue& value, const Border& border) {
  std::int64_t offset = 0;
  if (value.shape() != ConfigValue::Shape::kScalar || !read_number(value.text(), offset) ||
      offset < border.smallest) {
    return value.error(border.what_is_an_offset);
  }
  return offset;
}

Result<PartitionOffsets> read_partitions(const ConfigValue& map, const Border& border) {
  PartitionOffsets partitions;
  for (const ConfigValue::Entry& entry : map.entries()) {
    std::int32_t partition = 0;
    if (!read_number(entry.key, partition) || partition < 0) {
      return entry.value.error("'" + entry.key +
                               "' is not a partition; partitions are numbers from 0");
    }
    SLUICE_ASSIGN(partitions[partition], read_offset(entry.value, border));
  }
  return partitions;
}

Result<StartPosition> read_offsets(const ConfigValue& value, const Border& border) {
  if (value.shape() != ConfigValue::Shape::kMap || value.entries().empty()) {
    return value.error(std::string("offsets is a map; ") + border.how);
  }
  StartOffsets start;
  if (value.entries().front().value.shape() != ConfigValue::Shape::kMap) {
    SLUICE_ASSIGN(start.offsets[""], read_partitions(value, border));
    return StartPosition(std::move(start));
  }
  for (const ConfigValue::Entry& entry : value.entries()) {
    if (entry.value.shape() != ConfigValue::Shape::kMap) {
      return entry.value.error("expected a map of partition to offset for topic '" + entry.key +
                               "'");
    }
    SLUICE_ASSIGN(start.offsets[entry.key], read_partitions(entry.value, border));
  }
  return StartPosition(std::move(start));
}

Result<StartPosition> parse_position(const ConfigValue& value, const Border& border) {
  const std::string name = border.name;
  const char* const article = name == "end" ? "an " : "a ";
  if (value.shape() == ConfigValue::Shape::kScalar) {
    if (value.text() == "earliest" && border.smallest == kEarliestOffset) {
      return StartPosition(StartEarliest{});
    }
    if (value.text() == "latest") return StartPosition(StartLatest{});
    return value.error("'" + value.text() + "' is not " + article + name + "; " + border.how);
  }
  if (value.shape() == ConfigValue::Shape::kMap && value.entries().size() == 1) {
    const ConfigValue::Entry& entry = value.entries().front();
    if (entry.key == "timestamp") {
      const auto time = parse_timestamp_ms(entry.value.text());
      if (!time) {
        return entry.value.error(
            "'" + entry.value.text() +
            "' is not a timestamp; write \"2024-05-01 12:00:00\" (UTC), add a zone "
            "like +02:00, or give milliseconds since 1970");
      }
      return StartPosition(StartTimestamp{*time});
    }
    if (entry.key == "offsets") return read_offsets(entry.value, border);
  }
  return value.error("this is not " + std::string(article) + name + "; " + border.how);
}

}  // namespace

Result<StartPosition> parse_start(const ConfigValue& value) {
  return parse_position(value, kStart);
}

Result<StartPosition> parse_end(const ConfigValue& value) { return parse_position(value, kEnd); }

std::string position_text(const StartPosition& position) {
  if (std::holds_alternative<StartEarliest>(position)) return "earliest";
  if (std::holds_alternative<StartLatest>(position)) return "latest";
  if (const auto* time = std::get_if<StartTimestamp>(&position)) {
    return "timestamp " + std::to_string(time->milliseconds);
  }
  Positions given;
  given.offsets = std::get<StartOffsets>(position).offsets;
  return "offsets " + given.to_offset().json;
}

}  // namespace sluice::connectors::kafka
