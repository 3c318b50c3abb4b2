#include "connectors/kafka/consume.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "connectors/kafka/cluster.h"
#include "connectors/kafka/fetcher.h"
#include "connectors/kafka/raw_headers.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWait{500};
constexpr std::int64_t kPrefetchBytes = 16 * 1024 * 1024;
constexpr milliseconds kStallTimeout{30'000};
/// Records of one partition in a row, so that others get their turn.
constexpr std::int64_t kTurnRecords = 1000;

class Consumption {
 public:
  Consumption(const ConsumeRequest& request,
              const std::function<bool(const ConsumedRecord&)>& receive, std::stop_token stop)
      : request_(request), receive_(receive), stop_(std::move(stop)) {}

  Result<std::uint64_t> run(io::FileSystem& files);

 private:
  Result<std::map<std::string, TopicShape>> find_topic();
  Result<PartitionOffsets> find_begins(const PartitionOffsets& lows, const PartitionOffsets& ends);
  Result<PartitionOffsets> ask(std::int64_t question);
  Status give_partition(std::int32_t partition, std::int64_t end);
  void give(std::int32_t partition, const Record& record);
  bool at(const PartitionOffsets& ends) const;

  const ConsumeRequest& request_;
  const std::function<bool(const ConsumedRecord&)>& receive_;
  std::stop_token stop_;
  std::unique_ptr<Cluster> cluster_;
  std::shared_ptr<Fetcher> fetcher_;
  PartitionOffsets next_;
  std::uint64_t given_ = 0;
  bool enough_ = false;
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
        return user_error("kafka: offset " + std::to_string(offset) + " is not there; topic=" +
                          request_.topic + " partition=" + std::to_string(partition) +
                          " available=" + std::to_string(low) + ".." + std::to_string(end));
      }
    }
  }
  return begins;
}

void Consumption::give(std::int32_t partition, const Record& record) {
  ConsumedRecord consumed;
  consumed.topic = request_.topic;
  consumed.partition = partition;
  consumed.offset = record.offset;
  if (record.timestamp_type >= 0) consumed.timestamp_ms = record.timestamp_ms;
  if (record.key.bytes != nullptr) consumed.key = record.key.text();
  if (record.value.bytes != nullptr) consumed.value = record.value.text();
  std::vector<RawHeader> headers;
  parse_raw_headers(record.headers.text(), headers);
  for (const RawHeader& header : headers) consumed.headers.emplace_back(header.name, header.value);
  ++given_;
  enough_ = !receive_(consumed) || (request_.count != 0 && given_ >= request_.count);
}

Status Consumption::give_partition(std::int32_t partition, std::int64_t end) {
  auto failure =
      fetcher_->drain({{request_.topic, {{partition, end}}}}, stop_,
                      [&](const PartitionKey& /*from*/, rd_kafka_message_memory_t* /*memory*/,
                          std::span<const Record> records) {
                        for (const Record& record : records) {
                          if (!enough_) give(partition, record);
                        }
                      });
  if (!failure) {
    next_[partition] = end;
    return {};
  }
  if (failure->error.kind() == Kind::kCancelled) return {};
  return std::move(failure->error);
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
    bool any = false;
    for (const auto& [partition, end] : ends) {
      const std::int64_t turn = std::min(end, next_[partition] + kTurnRecords);
      if (turn <= next_[partition] || enough_) continue;
      SLUICE_TRY(give_partition(partition, turn));
      any = true;
    }
    if (any) continue;
    if (request_.until_end && at(first_ends)) break;
    fetcher_->wait(kWait, stop_);
    if (stop_.stop_requested()) break;
    SLUICE_ASSIGN(ends, ask(kLatestOffset));
  }
  return given_;
}

}  // namespace

Result<std::uint64_t> consume(const ConsumeRequest& request,
                              const std::function<bool(const ConsumedRecord&)>& receive,
                              io::FileSystem& files, std::stop_token stop) {
  return Consumption(request, receive, std::move(stop)).run(files);
}

}  // namespace sluice::connectors::kafka
