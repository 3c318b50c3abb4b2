#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "connectors/kafka/connection.h"
#include "io/file_system.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// A record to be sent; null is an absent key or value (a tombstone).
struct OutgoingRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<std::int32_t> partition;     ///< null: by the key's hash, as Java's producer does
  std::optional<std::int64_t> timestamp_ms;  ///< null: now
  std::uint64_t line = 0;  ///< of the input that it was made of, for messages; not sent
};

/// Fills the record (given empty but for what the last call left) with the next one; false: no
/// more.
using RecordFeed = std::function<Result<bool>(OutgoingRecord& record)>;

struct ProduceRequest {
  Connection connection;
  std::string topic;
  std::int32_t create_partitions = 0;  ///< make a missing topic with this many; 0: it is an error
  double records_per_second = 0;       ///< 0: as fast as it goes
};

struct ProduceProgress {
  std::uint64_t sent = 0;       ///< handed over to librdkafka
  std::uint64_t delivered = 0;  ///< acknowledged by the broker
  std::uint64_t bytes = 0;      ///< of keys and values, sent
  std::int64_t duration_us = 0;
  bool stopped = false;  ///< ended by `stop`, not by the end of the feed
};

/// What produce() works with; all outlive it.
struct ProduceSurroundings {
  const Clock& clock;
  io::FileSystem& files;
  /// Called about ten times a second, and at the end.
  std::function<void(const ProduceProgress&)> on_progress;
};

/// Sends all records of `feed` to a topic with an idempotent producer and waits until the broker
/// has acknowledged each. On `stop` what was sent is still waited for. The first failed delivery
/// ends it: the error says why and how many were delivered; then it may be run again only by those
/// who can tolerate the delivered ones twice.
Result<ProduceProgress> produce(const ProduceRequest& request, const RecordFeed& feed,
                                const ProduceSurroundings& surroundings, std::stop_token stop);

}  // namespace sluice::connectors::kafka
