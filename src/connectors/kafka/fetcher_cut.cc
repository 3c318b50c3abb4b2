#include <algorithm>
#include <chrono>

#include "connectors/kafka/fetcher.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kCutSlice{20};

}  // namespace

/// What a partition gives to a number of bytes.
struct Fetcher::Portion {
  const PartitionKey* key;
  Partition* partition;
  std::int64_t to;                     ///< offset that it must not pass
  std::int64_t quota;                  ///< bytes
  std::int64_t used = 0;               ///< bytes of the records before `reach`
  std::int64_t reach = 0;              ///< offset
  std::size_t index = 0;               ///< of the message in `held` that `reach` lies in or before
  std::optional<RecordReader> walk{};  ///< in that message
  bool is_waiting = false;             ///< for records to come
};

/// Goes on to the quota, over what is held and what librdkafka has. `left`: bytes of all portions.
void Fetcher::extend(Portion& portion, std::int64_t& left) {
  Partition& partition = *portion.partition;
  portion.is_waiting = false;
  const auto use = [&](std::int64_t bytes, std::int64_t reach) {
    portion.used += bytes;
    left -= bytes;
    portion.reach = std::min(reach, portion.to);
  };
  while (portion.reach < portion.to) {
    if (portion.index == partition.held.size()) {
      bool any = false;
      if (partition.fetched < portion.to) {
        if (auto met = pull(*portion.key, partition, 1, any)) {
          failures_.try_emplace(*portion.key, std::move(*met));
          portion.reach = portion.to;  // drain() says what it was
        }
        portion.is_waiting = !any;
      } else {
        portion.reach = portion.to;  // the rest are offsets without records
      }
      if (!any) return;
      continue;
    }
    const Held& held = partition.held[portion.index];
    const std::int64_t next_offset = held.message->offset + 1;
    if (!portion.walk) {
      const auto bytes = static_cast<std::int64_t>(held.reader.bytes_left());
      if (portion.used + bytes <= portion.quota && bytes <= left) {
        use(bytes, next_offset);
        ++portion.index;
        continue;
      }
      portion.walk = held.reader;
    }
    records_.resize(kReadRecords);
    RecordReader next = *portion.walk;
    const std::span<const Record> records = next.read(portion.to, records_);
    if (records.empty()) {
      portion.reach = std::min(next_offset, portion.to);
      portion.walk.reset();
      ++portion.index;
      continue;
    }
    std::size_t count = 0;
    for (const Record& record : records) {
      const std::int64_t bytes = record.bytes();
      const bool fits = portion.used + bytes <= portion.quota && bytes <= left;
      if (!fits && (portion.used > 0 || left <= 0)) break;
      use(std::max<std::int64_t>(bytes, 1), record.offset + 1);
      ++count;
    }
    if (count < records.size()) {
      if (count > 0) portion.walk->read(portion.to, std::span(records_).first(count));
      return;
    }
    portion.walk = next;
  }
}

std::vector<Fetcher::Portion> Fetcher::portions(const TopicOffsets& to, std::int64_t bytes) {
  std::vector<Portion> portions;
  std::int64_t total = 0;
  std::int64_t progress = 0;
  for (const auto& [topic, offsets] : to) {
    for (const auto& [number, end] : offsets) {
      const auto found = partitions_.find({topic, number});
      if (found == partitions_.end()) continue;
      auto& [key, partition] = *found;
      progress += partition.next;
      if (end <= partition.next) continue;
      total += end - partition.next;
      portions.push_back({&key, &partition, end, 0, 0, partition.next});
    }
  }
  for (Portion& portion : portions) {
    const double share =
        static_cast<double>(portion.to - portion.reach) / static_cast<double>(total);
    portion.quota = static_cast<std::int64_t>(share * static_cast<double>(bytes));
  }
  // Who comes first moves on with every batch: a small limit starves nobody.
  if (!portions.empty()) {
    const auto first = progress % static_cast<std::int64_t>(portions.size());
    std::ranges::rotate(portions, portions.begin() + first);
  }
  return portions;
}

std::optional<TopicOffsets> Fetcher::cut_to_bytes(const TopicOffsets& to, std::int64_t bytes,
                                                  milliseconds wait, std::stop_token stop) {
  std::vector<Portion> all = portions(to, bytes);
  std::int64_t left = bytes;
  for (Portion& portion : all) extend(portion, left);
  const auto deadline = steady_clock::now() + wait;
  const auto is_waiting = [&] {
    return left > 0 && std::ranges::any_of(all, &Portion::is_waiting);
  };
  while (is_waiting() && !stop.stop_requested() && steady_clock::now() < deadline) {
    drain_event(wake_);
    for (Portion& portion : all) {
      if (portion.is_waiting) extend(portion, left);
    }
    if (!is_waiting() || !client_->poll(milliseconds(0))) break;
    sleep(kCutSlice);
  }
  // What some did not use is for the others.
  for (Portion& portion : all) {
    if (left <= 0) break;
    portion.quota = portion.used + left;
    extend(portion, left);
  }
  std::optional<TopicOffsets> cut;
  for (const Portion& portion : all) {
    if (portion.reach > portion.partition->next) cut = to;
  }
  if (!cut) return cut;
  for (const Portion& portion : all) {
    (*cut)[portion.key->first][portion.key->second] = portion.reach;
  }
  return cut;
}

}  // namespace sluice::connectors::kafka
