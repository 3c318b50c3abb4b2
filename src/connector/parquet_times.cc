#include "connector/parquet_times.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "connector/thrift.h"

namespace sluice::connector {
namespace {

// Of parquet.thrift: Type, ConvertedType, and the fields of LogicalType and TimeUnit.
constexpr std::int64_t kInt32 = 1;
constexpr std::int64_t kInt64 = 2;
constexpr std::int64_t kConvertedDate = 6;
constexpr std::int64_t kConvertedMillis = 9;
constexpr std::int64_t kConvertedMicros = 10;
constexpr std::int64_t kLogicalDate = 6;
constexpr std::int64_t kLogicalTimestamp = 8;
enum Unit : std::uint8_t { kNone, kMillis, kMicros, kNanos, kDays };

using Field = ThriftReader::Field;

/// Calls `read` for each field of a struct; it says whether it has read the value.
template <class Read>
void each_field(ThriftReader& thrift, const Read& read) {
  for (Field field = thrift.field(0); thrift.ok() && field.type != ThriftReader::kStop;
       field = thrift.field(field.id)) {
    if (!read(field)) thrift.skip(field.type);
  }
}

Unit read_logical_type(ThriftReader& thrift) {
  Unit unit = kNone;
  each_field(thrift, [&](const Field& field) {
    if (field.type != ThriftReader::kStruct) return false;
    if (field.id == kLogicalDate) unit = kDays;
    if (field.id != kLogicalTimestamp) return false;
    each_field(thrift, [&](const Field& part) {
      if (part.id != 2 || part.type != ThriftReader::kStruct) return false;
      each_field(thrift, [&](const Field& of) {
        if (of.id >= kMillis && of.id <= kNanos) unit = static_cast<Unit>(of.id);
        return false;
      });
      return true;
    });
    return true;
  });
  return unit;
}

struct TimeElement {
  std::string name;
  std::int64_t type = -1;
  std::int64_t children = 0;
  Unit unit = kNone;
};

TimeElement read_time_element(ThriftReader& thrift) {
  TimeElement element;
  each_field(thrift, [&](const Field& field) {
    if (field.id == 1 && field.type == ThriftReader::kI32) {
      element.type = thrift.integer();
    } else if (field.id == 4 && field.type == ThriftReader::kBinary) {
      element.name = thrift.binary();
    } else if (field.id == 5 && field.type == ThriftReader::kI32) {
      element.children = thrift.integer();
    } else if (field.id == 6 && field.type == ThriftReader::kI32) {
      const std::int64_t converted = thrift.integer();
      if (element.unit != kNone) return true;
      if (converted == kConvertedDate) element.unit = kDays;
      if (converted == kConvertedMillis) element.unit = kMillis;
      if (converted == kConvertedMicros) element.unit = kMicros;
    } else if (field.id == 10 && field.type == ThriftReader::kStruct) {
      const Unit unit = read_logical_type(thrift);
      if (unit != kNone) element.unit = unit;
    } else {
      return false;
    }
    return true;
  });
  const bool fits = element.unit == kDays ? element.type == kInt32 : element.type == kInt64;
  if (!fits) element.unit = kNone;
  return element;
}

bool is_same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

/// The top-level column of that name.
std::optional<TimeElement> find_column(ThriftReader& thrift, const std::string& column) {
  const ThriftReader::List list = thrift.list();
  std::optional<TimeElement> found;
  std::int64_t inside = 0;  // elements to come that lie below a column
  for (std::uint64_t i = 0; thrift.ok() && i < list.size; ++i) {
    TimeElement element = read_time_element(thrift);
    if (i == 0) continue;
    if (inside > 0) {
      inside += element.children - 1;
      continue;
    }
    inside = element.children;
    // SQL ignores the case of names; a file may hold both.
    if (element.name == column || (!found && is_same_name(element.name, column))) {
      found = std::move(element);
    }
  }
  return found;
}

std::optional<Micros> time_of(std::string_view value, Unit unit) {
  if (unit == kDays) {
    std::int32_t days = 0;
    if (value.size() != sizeof days) return std::nullopt;
    std::memcpy(&days, value.data(), sizeof days);
    return days * kDay;
  }
  std::int64_t ticks = 0;
  if (value.size() != sizeof ticks) return std::nullopt;
  std::memcpy(&ticks, value.data(), sizeof ticks);
  if (unit == kNanos) return ticks / 1000 - (ticks % 1000 < 0 ? 1 : 0);
  if (unit == kMicros) return ticks;
  Micros micros = 0;
  return __builtin_mul_overflow(ticks, 1000, &micros) ? std::nullopt : std::optional(micros);
}

/// `min` and `max` (fields 2 and 1) are of older writers; of these types they have the same order.
void read_statistics(ThriftReader& thrift, Unit unit, RowGroupTimes& group) {
  each_field(thrift, [&](const Field& field) {
    if (field.type != ThriftReader::kBinary) return false;
    const bool is_latest = field.id == 1 || field.id == 5;
    if (!is_latest && field.id != 2 && field.id != 6) return false;
    const auto time = time_of(thrift.binary(), unit);
    if (time) (is_latest ? group.latest : group.earliest) = time;
    return true;
  });
}

/// One column's part of a row group.
void read_chunk(ThriftReader& thrift, const std::string& column, Unit unit, RowGroupTimes& group) {
  RowGroupTimes times;
  bool is_column = false;
  each_field(thrift, [&](const Field& field) {
    if (field.id != 3 || field.type != ThriftReader::kStruct) return false;
    each_field(thrift, [&](const Field& part) {
      if (part.id == 3 && part.type == ThriftReader::kList) {
        const ThriftReader::List path = thrift.list();
        for (std::uint64_t i = 0; thrift.ok() && i < path.size; ++i) {
          is_column = thrift.binary() == column && path.size == 1;
        }
        return true;
      }
      if (part.id != 12 || part.type != ThriftReader::kStruct) return false;
      read_statistics(thrift, unit, times);
      return true;
    });
    return true;
  });
  if (!is_column) return;
  group.earliest = times.earliest;
  group.latest = times.latest;
}

RowGroupTimes read_group(ThriftReader& thrift, const std::string& column, Unit unit) {
  RowGroupTimes group;
  each_field(thrift, [&](const Field& field) {
    if (field.id == 1 && field.type == ThriftReader::kList) {
      const ThriftReader::List chunks = thrift.list();
      for (std::uint64_t i = 0; thrift.ok() && i < chunks.size; ++i) {
        read_chunk(thrift, column, unit, group);
      }
    } else if (field.id == 3 && field.type == ThriftReader::kI64) {
      group.rows = static_cast<std::uint64_t>(thrift.integer());
    } else {
      return false;
    }
    return true;
  });
  return group;
}

}  // namespace

Result<std::vector<RowGroupTimes>> read_row_group_times(std::string_view metadata,
                                                        const std::string& column) {
  ThriftReader thrift(metadata);
  std::optional<TimeElement> found;
  std::vector<RowGroupTimes> groups;
  each_field(thrift, [&](const Field& field) {
    if (field.id == 2 && field.type == ThriftReader::kList) {
      found = find_column(thrift, column);
    } else if (field.id == 4 && field.type == ThriftReader::kList) {
      const ThriftReader::List list = thrift.list();
      for (std::uint64_t i = 0; thrift.ok() && i < list.size; ++i) {
        groups.push_back(
            read_group(thrift, found ? found->name : column, found ? found->unit : kNone));
      }
    } else {
      return false;
    }
    return true;
  });
  if (!thrift.ok()) return corruption_error("the Parquet file's footer makes no sense");
  if (!found) return user_error("the Parquet file has no column '" + column + "'");
  if (found->unit == kNone) {
    return user_error("the column '" + column +
                      "' of the Parquet file is neither TIMESTAMP (of an INT64) nor DATE");
  }
  return groups;
}

}  // namespace sluice::connector
