#include "connectors/kafka/fetcher.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFetchSlice{100};
/// Record batches, or single records of old formats, that are taken from librdkafka at a time at
/// most. What is taken beyond what was asked for is held beside what librdkafka holds.
constexpr std::int64_t kPullMessages = 16;
constexpr std::int64_t kPartitionQueueBytesMin = 256 * 1024;
constexpr std::int64_t kPartitionQueueBytesMax = 1024LL * 1024 * 1024;

ClientSettings consumer_settings(const FetchSettings& settings, std::size_t partitions) {
  // A queue of its own for each partition: librdkafka's bound counts for each of them.
  const std::int64_t queue_bytes = std::clamp(
      settings.prefetch_bytes / static_cast<std::int64_t>(std::max<std::size_t>(partitions, 1)),
      kPartitionQueueBytesMin, kPartitionQueueBytesMax);
  ClientSettings client;
  client.type = RD_KAFKA_CONSUMER;
  client.fixed = {
      // An assignment needs the name of a group, though none is joined.
      {"group.id", settings.group.empty() ? "sluice" : settings.group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"queued.max.messages.kbytes", std::to_string(queue_bytes / 1024)},
  };
  client.defaults = {
      {"isolation.level", "read_committed"},
      {"check.crcs", "true"},
      // The default of a second stops the fetch whenever the engine is slower than the network.
      {"fetch.queue.backoff.ms", "5"},
      {"fetch.error.backoff.ms", "50"},
  };
  return client;
}

}  // namespace

Result<std::shared_ptr<Fetcher>> Fetcher::start(const FetchSettings& settings,
                                                const TopicOffsets& from, io::FileSystem& files) {
  std::shared_ptr<Fetcher> fetcher(new Fetcher);
  std::size_t partitions = 0;
  for (const auto& [topic, offsets] : from) partitions += offsets.size();
  ClientSettings client = consumer_settings(settings, partitions);
  SLUICE_ASSIGN(const BrokerAddress address, resolve_brokers(settings.connection.brokers, files));
  // A Kafka broker answers a waiting fetch when a record comes, the embedded one when the wait
  // ends.
  client.defaults["fetch.wait.max.ms"] = address.embedded ? "50" : "500";
  SLUICE_ASSIGN(fetcher->client_, Client::create(settings.connection, client, files));
  rd_kafka_consume_record_batches(fetcher->client_->handle());
  fetcher->stall_timeout_ = settings.stall_timeout;
  fetcher->wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fetcher->wake_ < 0) return transient_error("kafka: no file descriptors are left");
  fetcher->commits_.emplace(fetcher->client_);
  SLUICE_TRY(fetcher->assign(from));
  return fetcher;
}

Status Fetcher::assign(const TopicOffsets& from) {
  rd_kafka_t* const handle = client_->handle();
  const OwnedPartitionList list(rd_kafka_topic_partition_list_new(16));
  constexpr std::uint64_t kOne = 1;
  for (const auto& [topic, offsets] : from) {
    for (const auto& [number, offset] : offsets) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), number)->offset = offset;
      Partition& partition = partitions_[{topic, number}];
      partition.next = partition.fetched = offset;
      partition.queue.reset(rd_kafka_queue_get_partition(handle, topic.c_str(), number));
      if (!partition.queue) return internal_error("kafka: no queue for a partition of " + topic);
      rd_kafka_queue_forward(partition.queue.get(), nullptr);
      rd_kafka_queue_io_event_enable(partition.queue.get(), wake_, &kOne, sizeof(kOne));
    }
  }
  const auto code = rd_kafka_assign(handle, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, "kafka: assign partitions");
  return {};
}

Fetcher::~Fetcher() {
  for (auto& [key, partition] : partitions_) {
    if (partition.queue) rd_kafka_queue_io_event_enable(partition.queue.get(), -1, nullptr, 0);
  }
  partitions_.clear();
  commits_.reset();
  client_.reset();
  if (wake_ >= 0) ::close(wake_);
}

void Fetcher::stop() {
  for (auto& [key, partition] : partitions_) partition.held.clear();
  rd_kafka_assign(client_->handle(), nullptr);
}

bool Fetcher::is_at(const TopicOffsets& from) const {
  std::size_t count = 0;
  for (const auto& [topic, offsets] : from) {
    for (const auto& [number, offset] : offsets) {
      const auto found = partitions_.find({topic, number});
      if (found == partitions_.end() || found->second.next != offset) return false;
      ++count;
    }
  }
  return count == partitions_.size();
}

std::optional<FetchFailure> Fetcher::failure_of(const PartitionKey& key,
                                                const rd_kafka_message_t& message) {
  const auto code = message.err;
  const std::string what = "kafka: fetch; topic=" + key.first +
                           " partition=" + std::to_string(key.second) +
                           " offset=" + std::to_string(message.offset);
  FetchFailure failure{FetchFailure::Reason::kOther, key, message.offset,
                       kafka_error(code, what, rd_kafka_message_errstr(&message))};
  if (is_lost_offset(code)) failure.reason = FetchFailure::Reason::kLostOffset;
  if (is_missing_topic(code)) failure.reason = FetchFailure::Reason::kMissingTopic;
  // What may pass, librdkafka tries again by itself until the stall timeout.
  if (failure.error.kind() == Kind::kTransient) return std::nullopt;
  return failure;
}

/// Takes over what librdkafka has, but not much more than `records`; `any`: there was something.
std::optional<FetchFailure> Fetcher::pull(const PartitionKey& key, Partition& partition,
                                          std::int64_t records, bool& any) {
  std::array<rd_kafka_message_t*, kPullMessages> messages{};
  const auto wanted = static_cast<std::size_t>(
      std::clamp<std::int64_t>(records / partition.message_records, 1, kPullMessages));
  const ssize_t count = rd_kafka_consume_batch_queue(partition.queue.get(), /*timeout_ms=*/0,
                                                     messages.data(), wanted);
  any = any || count > 0;
  std::optional<FetchFailure> failure;
  for (ssize_t i = 0; i < count; ++i) {
    auto met = take(key, partition, OwnedMessage(messages.at(static_cast<std::size_t>(i))));
    if (met && !failure) failure = std::move(met);
  }
  return failure;
}

/// Holds the message, drops it, or lets it move the position.
std::optional<FetchFailure> Fetcher::take(const PartitionKey& key, Partition& partition,
                                          OwnedMessage message) {
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    partition.fetched = std::max(partition.fetched, message->offset);
  } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(key, *message);
  } else if (message->offset < partition.fetched) {
    ++dropped_;
  } else {
    const RecordReader reader(*message, partition.fetched);
    partition.message_records = message->offset + 1 - partition.fetched;
    partition.fetched = message->offset + 1;
    partition.held.push_back({std::move(message), reader});
  }
  return std::nullopt;
}

/// Gives the records before `to` that are held.
std::optional<FetchFailure> Fetcher::give(const PartitionKey& key, Partition& partition,
                                          std::int64_t to, const RecordReceiver& receive) {
  records_.resize(kReadRecords);
  while (!partition.held.empty()) {
    Held& first = partition.held.front();
    rd_kafka_message_memory_t* const memory = rd_kafka_message_memory(first.message.get());
    std::span<const Record> records;
    do {
      records = first.reader.read(to, records_);
      if (!records.empty()) receive(key, memory, records);
    } while (records.size() == records_.size());
    if (first.reader.broken()) {
      return FetchFailure{FetchFailure::Reason::kOther, key, first.message->offset,
                          corruption_error("kafka: a record batch cannot be read; topic=" +
                                           key.first + " partition=" + std::to_string(key.second) +
                                           " last_offset=" + std::to_string(first.message->offset) +
                                           "; its records are not of Kafka's format")};
    }
    if (!first.reader.at_end()) break;
    dropped_ += first.reader.dropped();
    partition.held.pop_front();
  }
  return std::nullopt;
}

/// Gives what is held and finds the partitions that must give more.
std::optional<FetchFailure> Fetcher::begin_drain(const TopicOffsets& to,
                                                 const RecordReceiver& receive,
                                                 std::vector<Open>& open) {
  for (const auto& [topic, offsets] : to) {
    for (const auto& [number, end] : offsets) {
      const auto found = partitions_.find({topic, number});
      if (found == partitions_.end()) {
        return FetchFailure{FetchFailure::Reason::kOther,
                            {topic, number},
                            end,
                            internal_error("kafka: a partition is not assigned; topic=" + topic)};
      }
      auto& [key, partition] = *found;
      if (auto met = give(key, partition, end, receive)) return met;
      if (partition.fetched >= end) continue;
      if (const auto met = failures_.find(key); met != failures_.end()) {
        return std::move(met->second);
      }
      open.push_back({&key, &partition, end});
    }
  }
  return std::nullopt;
}

/// Takes from each open partition what is there, but not too much in a row.
std::optional<FetchFailure> Fetcher::drain_round(std::vector<Open>& open,
                                                 const RecordReceiver& receive, bool& any) {
  for (const Open& one : open) {
    Partition& partition = *one.partition;
    if (auto met = pull(*one.key, partition, one.to - partition.fetched, any)) return met;
    if (auto met = give(*one.key, partition, one.to, receive)) return met;
  }
  std::erase_if(open, [](const Open& one) { return one.partition->fetched >= one.to; });
  return std::nullopt;
}

void Fetcher::drain_event(int fd) {
  std::uint64_t count = 0;
  // Nothing to read is fine: somebody else has.
  static_cast<void>(::read(fd, &count, sizeof(count)) == 0);
}

void Fetcher::sleep(milliseconds wait) {
  pollfd waiting{wake_, POLLIN, 0};
  ::poll(&waiting, 1, static_cast<int>(wait.count()));
}

Error Fetcher::stalled(const Open& open, milliseconds waited) const {
  const auto& [topic, partition] = *open.key;
  const std::string what = "read; topic=" + topic + " partition=" + std::to_string(partition) +
                           " offset=" + std::to_string(open.partition->fetched);
  const auto end = known_end(topic, partition);
  const bool is_connected = client_->last_error_text().empty();
  if (!end || !is_connected) return client_->no_answer(what, waited);
  return transient_error("kafka: " + what + ": the broker answers, but gives no record before " +
                         std::to_string(open.to) + "; end=" + std::to_string(*end) +
                         " waited=" + std::to_string(waited.count()) +
                         "ms; a transaction that is open there holds back what comes after its "
                         "first record, until it ends or its time is over");
}

std::optional<FetchFailure> Fetcher::drain(const TopicOffsets& to, std::stop_token stop,
                                           const RecordReceiver& receive) {
  std::vector<Open> open;
  if (auto failure = begin_drain(to, receive, open)) return failure;
  auto progress = steady_clock::now();
  while (!open.empty()) {
    const Open& first = open.front();
    const auto failure = [&](Error error) {
      return FetchFailure{FetchFailure::Reason::kOther, *first.key, first.partition->fetched,
                          std::move(error)};
    };
    if (stop.stop_requested()) return failure(Error(Kind::kCancelled, "kafka: read: stopped"));
    drain_event(wake_);
    bool any = false;
    if (auto met = drain_round(open, receive, any)) return met;
    if (any) {
      progress = steady_clock::now();
      continue;
    }
    if (auto refused = client_->poll(milliseconds(0)); !refused) {
      return failure(std::move(refused).error());
    }
    const auto waited = std::chrono::duration_cast<milliseconds>(steady_clock::now() - progress);
    if (waited >= stall_timeout_) {
      return failure(stalled(first, waited));
    }
    sleep(kFetchSlice);
  }
  for (const auto& [topic, offsets] : to) {
    for (const auto& [number, end] : offsets) {
      Partition& partition = partitions_.at({topic, number});
      partition.next = std::max(partition.next, end);
    }
  }
  return std::nullopt;
}

/// Takes a few records of each partition over from librdkafka; true when some are held.
bool Fetcher::pump(const std::set<PartitionKey>& without) {
  bool any = false;
  for (auto& [key, partition] : partitions_) {
    if (without.contains(key)) continue;
    bool more = true;
    while (partition.held.size() < kPullMessages &&
           partition.fetched - partition.next < std::int64_t{kReadRecords} &&
           std::exchange(more, false)) {
      if (auto met = pull(key, partition, 1, more)) {
        failures_.try_emplace(key, std::move(*met));
        any = true;
      }
    }
    any = any || !partition.held.empty();
  }
  return any;
}

std::optional<TopicOffsets> Fetcher::arrived() {
  pump({});
  if (!failures_.empty() || !client_->poll(milliseconds(0))) return std::nullopt;
  TopicOffsets ends;
  for (const auto& [key, partition] : partitions_) {
    const auto told = known_end(key.first, key.second);
    if (!told || partition.fetched < *told) return std::nullopt;
    ends[key.first][key.second] = partition.fetched;
  }
  return ends;
}

void Fetcher::wait(milliseconds wait, const std::set<PartitionKey>& without, std::stop_token stop) {
  const auto deadline = steady_clock::now() + wait;
  const int fd = wake_;
  const std::stop_callback wake_up(stop, [fd] {
    constexpr std::uint64_t kOne = 1;
    // A full counter wakes as well.
    static_cast<void>(::write(fd, &kOne, sizeof(kOne)) == 0);
  });
  while (!stop.stop_requested()) {
    drain_event(wake_);
    if (pump(without)) return;
    if (!client_->poll(milliseconds(0))) return;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return;
    sleep(std::min(left, milliseconds(60'000)));
  }
}

// Takes nothing from the client's queue: that would make room in it for more to be fetched.
std::optional<std::int64_t> Fetcher::oldest_time_ms(const std::vector<PartitionKey>& partitions) {
  std::optional<std::int64_t> oldest;
  for (const PartitionKey& key : partitions) {
    const auto found = partitions_.find(key);
    if (found == partitions_.end()) return std::nullopt;
    std::array<Record, 1> first{};
    bool any = false;
    for (const Held& held : found->second.held) {
      RecordReader reader = held.reader;  // a copy: its records are still to be given
      any = !reader.read(std::numeric_limits<std::int64_t>::max(), first).empty();
      if (any) break;
    }
    if (!any || first[0].timestamp_type < 0) return std::nullopt;
    oldest = std::min(oldest.value_or(first[0].timestamp_ms), first[0].timestamp_ms);
  }
  return oldest;
}

std::optional<std::int64_t> Fetcher::known_end(const std::string& topic,
                                               std::int32_t partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code =
      rd_kafka_get_watermark_offsets(client_->handle(), topic.c_str(), partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

}  // namespace sluice::connectors::kafka
