#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "connectors/kafka/connection.h"
#include "data/record_batch.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Where consume() begins, in each partition.
struct FromBeginning {};
struct FromEnd {};
struct FromOffset {
  std::int64_t offset = 0;  ///< negative: this many before the end
};
struct FromTimestamp {
  std::int64_t milliseconds = 0;
};
using ConsumeFrom = std::variant<FromBeginning, FromEnd, FromOffset, FromTimestamp>;

struct ConsumeRequest {
  Connection connection;
  std::string topic;
  std::vector<std::int32_t> partitions;  ///< empty: all
  ConsumeFrom from;
  std::uint64_t count = 0;  ///< stop after this many records; 0: no limit
  bool until_end = false;   ///< stop at what is the end when it begins
};

/// A record on its way to the terminal; views are valid during the call.
struct ConsumedRecord {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> timestamp_ms;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> headers;
};

/// Gives the records of a topic to `receive` as they come (in order within a partition) until the
/// count, the end, `stop`, or `receive` returns false. Joins no group, commits nothing. Returns how
/// many were given. Errors: kUser (no such topic or partition, an offset that is not there),
/// kTransient (no broker answers).
Result<std::uint64_t> consume(const ConsumeRequest& request,
                              const std::function<bool(const ConsumedRecord&)>& receive,
                              io::FileSystem& files, std::stop_token stop);

/// The same in batches, which hold records of all partitions: at most a thousand of each, and so
/// many that their payload stays in memory. `receive` may keep nothing of them.
Result<std::uint64_t> consume_batches(
    const ConsumeRequest& request,
    const std::function<Result<bool>(const data::RecordBatch&)>& receive, io::FileSystem& files,
    std::stop_token stop);

}  // namespace sluice::connectors::kafka
