#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/sink.h"
#include "data/offset.h"

namespace sluice::connectors {

/// Records that a test feeds and a memory source reads; they stay until the process ends. Any
/// thread may call.
class MemoryStream {
 public:
  void append(std::string record);
  std::int64_t size() const;
  /// The records [from, to); both at most size().
  std::vector<std::string> records(std::int64_t from, std::int64_t to) const;
  /// Blocks until there are more than `size` records, `wait` is over or `stop`.
  void wait_beyond(std::int64_t size, std::chrono::milliseconds wait, const std::stop_token& stop,
                   const Clock& clock);

 private:
  mutable std::mutex mutex_;  // guards records_
  std::condition_variable_any grown_;
  std::vector<std::string> records_;
};

using MemoryRow = std::vector<std::optional<std::string>>;

/// What memory sinks have written under one name: the system outside, as far as the sinks are
/// concerned, so it outlives them. Any thread may call.
class MemoryTable {
 public:
  /// The published rows, batch after batch; in complete mode those of the newest batch.
  std::vector<MemoryRow> rows() const;
  /// The number of batches staged and neither published nor discarded.
  std::size_t staged_batches() const;

  void stage(data::BatchId batch, std::vector<MemoryRow> rows);
  /// False when nothing is staged under that number.
  bool publish(data::BatchId batch, const std::string& plan_hash, bool replace);
  void discard_staged();
  std::optional<connector::Head> head() const;

 private:
  mutable std::mutex mutex_;  // guards all below
  std::map<data::BatchId, std::vector<MemoryRow>> staged_;
  std::vector<MemoryRow> rows_;
  std::optional<connector::Head> head_;
};

/// All streams and tables by name. One per process, since a pipeline file and the test that runs it
/// have nothing but the name in common.
class MemoryStore {
 public:
  static MemoryStore& instance();

  /// Made at the first call. They live as long as the process.
  MemoryStream& stream(std::string_view name);
  MemoryTable& table(std::string_view name);

 private:
  std::mutex mutex_;  // guards the maps, not what is in them
  std::map<std::string, std::unique_ptr<MemoryStream>, std::less<>> streams_;
  std::map<std::string, std::unique_ptr<MemoryTable>, std::less<>> tables_;
};

}  // namespace sluice::connectors
