#include "connectors/kafka/consume.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/fetcher.h"
#include "connectors/kafka/message_batch.h"
#include "connectors/kafka/raw_headers.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWait{500};
constexpr std::int64_t kPrefetchBytes = 16 * 1024 * 1024;
constexpr milliseconds kStallTimeout{30'000};
/// Records of one partition in a row, so that others get their turn.
constexpr std::int64_t kTurnRecords = 1000;
/// Payload of a batch, about.
constexpr std::int64_t kBatchBytes = 16 * 1024 * 1024;

/// Reads a topic in turns; in which shape it gives the records, is left open.
class Consumption {
 public:
  Consumption(const ConsumeRequest& request, std::stop_token stop)
      : request_(request), stop_(std::move(stop)) {}
  virtual ~Consumption() = default;
  Consumption(const Consumption&) = delete;
  Consumption& operator=(const Consumption&) = delete;

  Result<std::uint64_t> run(io::FileSystem& files);

 protected:
  /// Gives the records before `to`, all or some of them, and moves next_.
  virtual Status give(const PartitionOffsets& to) = 0;

  /// The records before `to`. An error but for a stop, which leaves them unread.
  Status drain(const PartitionOffsets& to, const RecordReceiver& receive);
  void count(std::uint64_t records, bool go_on);

  const ConsumeRequest& request_;
  std::stop_token stop_;
  std::shared_ptr<Fetcher> fetcher_;
  PartitionOffsets next_;
  std::uint64_t given_ = 0;
  bool enough_ = false;

 private:
  Result<std::map<std::string, TopicShape>> find_topic();
  Result<PartitionOffsets> find_begins(const PartitionOffsets& lows, const PartitionOffsets& ends);
  Result<PartitionOffsets> ask(std::int64_t question);
  bool at(const PartitionOffsets& ends) const;

  std::unique_ptr<Cluster> cluster_;
};

Result<PartitionOffsets> Consumption::ask(std::int64_t question) {
  TopicOffsets asked;
  for (const auto& [partition, offset] : next_) asked[request_.topic][partition] = question;
  SLUICE_ASSIGN(auto answer, cluster_->offsets(asked, stop_));
  return std::move(answer[request_.topic]);
}

Result<std::map<std::string, TopicShape>> Consumption::find_topic() {
  SLUICE_ASSIGN(auto shapes, cluster_->describe({request_.topic}, stop_));
  if (shapes.empty()) return cluster_->unknown_topic(request_.topic);
  const std::int32_t count = shapes[request_.topic].partitions;
  for (const std::int32_t partition : request_.partitions) {
    if (partition < 0 || partition >= count) {
      return user_error("kafka: topic '" + request_.topic + "' has no partition " +
                        std::to_string(partition) + "; partitions=0.." + std::to_string(count - 1));
    }
    next_[partition] = 0;
  }
  for (std::int32_t partition = 0; partition < count && request_.partitions.empty(); ++partition) {
    next_[partition] = 0;
  }
  return shapes;
}

Result<PartitionOffsets> Consumption::find_begins(const PartitionOffsets& lows,
                                                  const PartitionOffsets& ends) {
  PartitionOffsets begins = lows;
  if (std::holds_alternative<FromEnd>(request_.from)) return ends;
  if (const auto* time = std::get_if<FromTimestamp>(&request_.from)) {
    SLUICE_ASSIGN(begins, ask(time->milliseconds));
    for (auto& [partition, offset] : begins) {
      if (offset < 0) offset = ends.at(partition);
    }
  } else if (const auto* from = std::get_if<FromOffset>(&request_.from)) {
    for (auto& [partition, offset] : begins) {
      const std::int64_t low = lows.at(partition);
      const std::int64_t end = ends.at(partition);
      if (from->offset < 0) {
        offset = std::max(low, end + from->offset);
        continue;
      }
      offset = from->offset;
      if (offset < low || offset > end) {
        return user_error("kafka: offset " + std::to_string(offset) + " does not exist; topic=" +
                          request_.topic + " partition=" + std::to_string(partition) +
                          " available=" + std::to_string(low) + ".." + std::to_string(end));
      }
    }
  }
  return begins;
}

Status Consumption::drain(const PartitionOffsets& to, const RecordReceiver& receive) {
  auto failure = fetcher_->drain({{request_.topic, to}}, stop_, receive);
  if (failure && failure->error.kind() != Kind::kCancelled) return std::move(failure->error);
  if (failure) return {};
  for (const auto& [partition, end] : to) next_[partition] = end;
  return {};
}

void Consumption::count(std::uint64_t records, bool go_on) {
  given_ += records;
  enough_ = !go_on || (request_.count != 0 && given_ >= request_.count);
}

bool Consumption::at(const PartitionOffsets& ends) const {
  return std::ranges::all_of(ends,
                             [&](const auto& end) { return next_.at(end.first) >= end.second; });
}

Result<std::uint64_t> Consumption::run(io::FileSystem& files) {
  SLUICE_ASSIGN(cluster_, Cluster::create(request_.connection, files));
  SLUICE_ASSIGN(const auto shapes, find_topic());
  SLUICE_ASSIGN(const PartitionOffsets lows, ask(kEarliestOffset));
  SLUICE_ASSIGN(const PartitionOffsets first_ends, ask(kLatestOffset));
  SLUICE_ASSIGN(next_, find_begins(lows, first_ends));
  FetchSettings settings;
  settings.connection = request_.connection;
  settings.prefetch_bytes = kPrefetchBytes;
  settings.stall_timeout = kStallTimeout;
  SLUICE_ASSIGN(fetcher_, Fetcher::start(settings, {{request_.topic, next_}}, files));
  PartitionOffsets ends = first_ends;
  while (!enough_ && !stop_.stop_requested()) {
    PartitionOffsets turn;
    for (const auto& [partition, end] : ends) {
      const std::int64_t to = std::min(end, next_[partition] + kTurnRecords);
      if (to > next_[partition]) turn[partition] = to;
    }
    if (!turn.empty()) {
      SLUICE_TRY(give(turn));
      continue;
    }
    if (request_.until_end && at(first_ends)) break;
    fetcher_->wait(kWait, {}, stop_);
    if (stop_.stop_requested()) break;
    SLUICE_ASSIGN(ends, ask(kLatestOffset));
  }
  return given_;
}

class RecordConsumption final : public Consumption {
 public:
  RecordConsumption(const ConsumeRequest& request,
                    const std::function<bool(const ConsumedRecord&)>& receive, std::stop_token stop)
      : Consumption(request, std::move(stop)), receive_(receive) {}

 private:
  Status give(const PartitionOffsets& to) override;
  void give_one(std::int32_t partition, const Record& record);

  const std::function<bool(const ConsumedRecord&)>& receive_;
};

Status RecordConsumption::give(const PartitionOffsets& to) {
  for (const auto& [number, end] : to) {
    if (enough_) return {};
    const std::int32_t partition = number;
    SLUICE_TRY(drain({{partition, end}},
                     [&](const PartitionKey& /*from*/, rd_kafka_message_memory_t* /*memory*/,
                         std::span<const Record> records) {
                       for (const Record& record : records) {
                         if (!enough_) give_one(partition, record);
                       }
                     }));
  }
  return {};
}

void RecordConsumption::give_one(std::int32_t partition, const Record& record) {
  ConsumedRecord consumed;
  consumed.topic = request_.topic;
  consumed.partition = partition;
  consumed.offset = record.offset;
  if (record.timestamp_type >= 0 && record.timestamp_ms >= 0) {
    consumed.timestamp_ms = record.timestamp_ms;
  }
  if (record.key.bytes != nullptr) consumed.key = record.key.text();
  if (record.value.bytes != nullptr) consumed.value = record.value.text();
  std::vector<RawHeader> headers;
  parse_raw_headers(record.headers.text(), headers);
  for (const RawHeader& header : headers) consumed.headers.emplace_back(header.name, header.value);
  count(1, receive_(consumed));
}

class BatchConsumption final : public Consumption {
 public:
  using Receive = std::function<Result<bool>(const data::RecordBatch&)>;
  BatchConsumption(const ConsumeRequest& request, const Receive& receive, std::stop_token stop)
      : Consumption(request, std::move(stop)), receive_(receive) {}

 private:
  Status give(const PartitionOffsets& to) override;

  const Receive& receive_;
};

/// As many records as `count` still needs and as fit a batch.
Status BatchConsumption::give(const PartitionOffsets& to) {
  TopicOffsets ends = {{request_.topic, to}};
  if (request_.count > 0) {
    ends = cut_to_limit({{request_.topic, next_}}, ends,
                        static_cast<std::int64_t>(request_.count - given_));
  }
  if (auto cut = fetcher_->cut_to_bytes(ends, kBatchBytes, kWait, stop_)) {
    ends = *std::move(cut);
  } else {
    ends = cut_to_limit({{request_.topic, next_}}, ends, kBatchBytes / kRecordBytesGuess);
  }
  MessageBatch batch(fetcher_);
  SLUICE_TRY(drain(ends.at(request_.topic),
                   [&](const PartitionKey& from, rd_kafka_message_memory_t* memory,
                       std::span<const Record> records) { batch.add(from, memory, records); }));
  batch.finish();
  if (batch.size() == 0 || stop_.stop_requested()) return {};
  SLUICE_ASSIGN(const bool go_on, receive_(batch));
  count(batch.size(), go_on);
  return {};
}

}  // namespace

Result<std::uint64_t> consume(const ConsumeRequest& request,
                              const std::function<bool(const ConsumedRecord&)>& receive,
                              io::FileSystem& files, std::stop_token stop) {
  return RecordConsumption(request, receive, std::move(stop)).run(files);
}

Result<std::uint64_t> consume_batches(
    const ConsumeRequest& request,
    const std::function<Result<bool>(const data::RecordBatch&)>& receive, io::FileSystem& files,
    std::stop_token stop) {
  return BatchConsumption(request, receive, std::move(stop)).run(files);
}

}  // namespace sluice::connectors::kafka
