#include "connectors/kafka/fetcher.h"

#include <algorithm>
#include <array>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "connectors/kafka/broker_address.h"
#include "connectors/kafka/kafka_error.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice{100};
/// Records taken from a queue in one call.
constexpr std::int64_t kDrainRecords = 10'000;
/// Records pulled while waiting, of each partition: enough to know their size.
constexpr std::size_t kPumpRecords = 64;
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
      // The default of a second stops the fetch whenever the engine is slower than the network.
      {"fetch.queue.backoff.ms", "5"},
      {"fetch.error.backoff.ms", "50"},
  };
  return client;
}

void drain_event(int fd) {
  std::uint64_t count = 0;
  // Nothing to read is fine: somebody else has.
  static_cast<void>(::read(fd, &count, sizeof(count)) == 0);
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

std::optional<FetchFailure> Fetcher::failure_of(const rd_kafka_message_t& message) {
  const auto code = message.err;
  const std::string what = std::string("kafka: fetch; topic=") +
                           (message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt)) +
                           " partition=" + std::to_string(message.partition) +
                           " offset=" + std::to_string(message.offset);
  FetchFailure failure{FetchFailure::Reason::kOther, message.offset,
                       kafka_error(code, what, rd_kafka_message_errstr(&message))};
  if (is_lost_offset(code)) failure.reason = FetchFailure::Reason::kLostOffset;
  if (is_missing_topic(code)) failure.reason = FetchFailure::Reason::kMissingTopic;
  // What may pass, librdkafka tries again by itself until the stall timeout.
  if (failure.error.kind() == Kind::kTransient) return std::nullopt;
  return failure;
}

/// Sorts what came from librdkafka into out[first..]: records before `to` stay, the others are
/// held, dropped, or move the position.
std::optional<FetchFailure> Fetcher::take(Partition& partition, std::size_t first, std::int64_t to,
                                          std::vector<rd_kafka_message_t*>& out) {
  std::optional<FetchFailure> failure;
  std::size_t kept = first;
  for (std::size_t i = first; i < out.size(); ++i) {
    rd_kafka_message_t* const message = out[i];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= partition.fetched &&
        message->offset < to) [[likely]] {
      partition.fetched = message->offset + 1;
      out[kept++] = message;
      continue;
    }
    OwnedMessage owned(message);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      partition.fetched = std::max(partition.fetched, message->offset);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!failure) failure = failure_of(*message);
    } else if (message->offset < partition.fetched) {
      ++dropped_;
    } else {
      partition.fetched = message->offset + 1;
      partition.held.push_back(std::move(owned));
    }
  }
  out.resize(kept);
  return failure;
}

std::optional<FetchFailure> Fetcher::drain(const std::string& topic, std::int32_t number,
                                           std::int64_t to, std::stop_token stop,
                                           std::vector<rd_kafka_message_t*>& out) {
  const Key key{topic, number};
  Partition& partition = partitions_.at(key);
  while (!partition.held.empty() && partition.held.front()->offset < to) {
    out.push_back(partition.held.front().release());
    partition.held.pop_front();
  }
  if (const auto met = failures_.find(key); met != failures_.end() && partition.fetched < to) {
    return std::move(met->second);
  }
  auto progress = steady_clock::now();
  bool bulk = true;
  while (partition.fetched < to) {
    if (stop.stop_requested()) {
      return FetchFailure{FetchFailure::Reason::kOther, partition.fetched,
                          Error(Kind::kCancelled, "kafka: read: stopped")};
    }
    // All that is there, without waiting; when nothing is, wait for one record.
    const std::size_t first = out.size();
    const std::size_t wanted =
        bulk ? static_cast<std::size_t>(std::min(to - partition.fetched, kDrainRecords)) : 1;
    out.resize(first + wanted);
    const ssize_t count = rd_kafka_consume_batch_queue(partition.queue.get(),
                                                       bulk ? 0 : static_cast<int>(kSlice.count()),
                                                       out.data() + first, wanted);
    out.resize(first + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    bulk = count > 0;
    if (bulk) {
      progress = steady_clock::now();
      if (auto failure = take(partition, first, to, out)) return failure;
      continue;
    }
    if (auto refused = client_->poll(milliseconds(0)); !refused) {
      return FetchFailure{FetchFailure::Reason::kOther, partition.fetched,
                          std::move(refused).error()};
    }
    const auto waited = std::chrono::duration_cast<milliseconds>(steady_clock::now() - progress);
    if (waited >= stall_timeout_) {
      return FetchFailure{
          FetchFailure::Reason::kOther, partition.fetched,
          client_->no_answer("read; topic=" + topic + " partition=" + std::to_string(number) +
                                 " offset=" + std::to_string(partition.fetched),
                             waited)};
    }
  }
  partition.next = std::max(partition.next, to);
  return std::nullopt;
}

/// Takes a few records of each partition over from librdkafka; true when some are held.
bool Fetcher::pump() {
  bool any = false;
  std::vector<rd_kafka_message_t*> records;
  for (auto& [key, partition] : partitions_) {
    while (partition.held.size() < kPumpRecords) {
      records.resize(kPumpRecords);
      const ssize_t count =
          rd_kafka_consume_batch_queue(partition.queue.get(), 0, records.data(), records.size());
      records.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (records.empty()) break;
      // Nothing lies before this: all records are held.
      if (auto failure = take(partition, 0, partition.next, records)) {
        failures_.try_emplace(key, std::move(*failure));
        any = true;
      }
    }
    any = any || !partition.held.empty();
  }
  return any;
}

void Fetcher::wait(milliseconds wait, std::stop_token stop) {
  const auto deadline = steady_clock::now() + wait;
  const int fd = wake_;
  const std::stop_callback wake_up(stop, [fd] {
    constexpr std::uint64_t kOne = 1;
    // A full counter wakes as well.
    static_cast<void>(::write(fd, &kOne, sizeof(kOne)) == 0);
  });
  while (!stop.stop_requested()) {
    drain_event(wake_);
    if (pump()) return;
    if (!client_->poll(milliseconds(0))) return;
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return;
    pollfd waiting{wake_, POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
  }
}

std::optional<std::int64_t> Fetcher::average_record_bytes(milliseconds wait_ms,
                                                          std::stop_token stop) {
  wait(wait_ms, std::move(stop));
  std::int64_t bytes = 0;
  std::int64_t records = 0;
  for (const auto& [key, partition] : partitions_) {
    for (const OwnedMessage& message : partition.held) {
      bytes += static_cast<std::int64_t>(message->len + message->key_len);
      ++records;
    }
  }
  if (records == 0) return std::nullopt;
  return std::max<std::int64_t>(bytes / records, 1);
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
