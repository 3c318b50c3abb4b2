#include "connectors/kafka/start_position.h"

#include <charconv>

#include "base/timestamp_text.h"

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
                               "' is not a partition; partitions are numbers from 0");
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

Result<StartPosition> parse_start(const ConfigValue& value) {
  if (value.shape() == ConfigValue::Shape::kScalar) {
    if (value.text() == "earliest") return StartPosition(StartEarliest{});
    if (value.text() == "latest") return StartPosition(StartLatest{});
    return value.error("'" + value.text() + "' is not a start; " + kHowToStart);
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
    if (entry.key == "offsets") return read_offsets(entry.value);
  }
  return value.error(std::string("this is not a start; ") + kHowToStart);
}

}  // namespace sluice::connectors::kafka
