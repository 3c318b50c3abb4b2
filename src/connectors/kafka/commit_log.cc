#include "connectors/kafka/commit_log.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/json.h"
#include "connectors/kafka/fetcher.h"
#include "connectors/kafka/topic_admin.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::int64_t kNotesPrefetchBytes = std::int64_t{1} << 20;
/// The end of what is there shows when a fetch has waited this long for more.
constexpr const char* kFetchWait = "20";  // milliseconds
/// Records that are read first, from the end back; each time eight times as many.
constexpr std::int64_t kLookBack = 512;
constexpr std::int64_t kLookBackFactor = 8;
/// Of a partition, that show whether it has notes; some are markers of transactions.
constexpr std::int64_t kNewestOffsets = 16;
constexpr std::chrono::milliseconds kSettleTime{2000};
constexpr std::chrono::milliseconds kSettlePause{10};

}  // namespace

std::string commit_json(const CommitState& state) {
  Json json = Json::object();
  if (state.head) {
    json["batch"] = state.head->batch;
    json["plan_hash"] = state.head->plan_hash;
    json["topic"] = state.topic;
    if (!state.topic_id.empty()) json["topic_id"] = state.topic_id;
  }
  if (state.claim) json["claim"] = parse_json(connector::claim_json(*state.claim));
  return dump_json(json);
}

std::optional<CommitState> parse_commit(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object()) return std::nullopt;
  CommitState state;
  const auto batch = json.find("batch");
  const auto hash = json.find("plan_hash");
  if (batch != json.end() && batch->is_number_integer() && hash != json.end() &&
      hash->is_string()) {
    state.head = connector::Head{batch->get<data::BatchId>(), hash->get<std::string>()};
  }
  state.topic = json.value("topic", "");
  state.topic_id = json.value("topic_id", "");
  if (const auto claim = json.find("claim"); claim != json.end()) {
    state.claim = connector::parse_claim(dump_json(*claim));
    if (!state.claim) return std::nullopt;
  }
  return state;
}

Result<bool> holds_notes(const Connection& connection,
                         const std::map<std::string, TopicShape>& topics, io::FileSystem& files,
                         std::stop_token stop) {
  Connection reading = connection;
  reading.properties["isolation.level"] = "read_uncommitted";
  SLUICE_ASSIGN(const auto cluster, Cluster::create(reading, files));
  SLUICE_ASSIGN(TopicOffsets starts, cluster->offsets(topics, kEarliestOffset, stop));
  SLUICE_ASSIGN(const TopicOffsets ends, cluster->offsets(topics, kLatestOffset, stop));
  for (auto& [topic, partitions] : starts) {
    for (auto& [partition, start] : partitions) {
      const std::int64_t end = find_offset(ends, topic, partition).value_or(start);
      start = std::max(start, end - kNewestOffsets);
    }
  }
  SLUICE_ASSIGN(const auto fetcher, Fetcher::start({.connection = reading,
                                                    .group = "",
                                                    .prefetch_bytes = kNotesPrefetchBytes,
                                                    .stall_timeout = reading.connect_timeout},
                                                   starts, files));
  bool found = false;
  auto failure =
      fetcher->drain(ends, std::move(stop),
                     [&](const PartitionKey& /*from*/, rd_kafka_message_memory_t* /*memory*/,
                         std::span<const Record> records) {
                       for (const Record& record : records) {
                         if (record.key.bytes == nullptr || record.value.bytes == nullptr) continue;
                         const auto state = parse_commit(record.value.text());
                         found = found || (state && (state->head || state->claim));
                       }
                     });
  if (failure) return std::move(failure->error);
  return found;
}

Result<std::unique_ptr<CommitLog>> CommitLog::open(const Connection& connection,
                                                   const std::string& topic, std::string key,
                                                   io::FileSystem& files) {
  Connection all = connection;
  all.properties["isolation.level"] = "read_uncommitted";
  Connection reading = connection;
  reading.properties["isolation.level"] = "read_committed";
  reading.properties["fetch.wait.max.ms"] = kFetchWait;
  std::unique_ptr<CommitLog> log(new CommitLog(std::move(reading), topic, std::move(key), files));
  SLUICE_ASSIGN(log->cluster_, Cluster::create(all, files));
  SLUICE_ASSIGN(log->committed_, Cluster::create(log->connection_, files));
  SLUICE_TRY(log->find_topic());
  return log;
}

void CommitLog::take_partition(std::int32_t partitions) {
  partition_ = rd_kafka_msg_partitioner_murmur2(nullptr, key_.data(), key_.size(),
                                                std::max(partitions, 1), nullptr, nullptr);
}

Status CommitLog::find_topic() {
  SLUICE_ASSIGN(const auto admin, TopicAdmin::create(connection_, files_));
  NewTopic wanted;
  wanted.name = topic_;
  wanted.partitions = kPartitions;
  // Small segments: what is compacted is not read at a start.
  wanted.config = {{"cleanup.policy", "compact"}, {"segment.bytes", "16777216"}};
  auto found = admin->find_or_create(wanted, {});
  if (!found && found.error().kind() == Kind::kUser) {
    return std::move(found).error().with(
        "E_COMMITS_TOPIC: the sink notes there what it has published; let it make the topic, or "
        "make it with 'sluice topic create " +
        topic_ + " --partitions 50 --config cleanup.policy=compact'");
  }
  if (!found) return std::move(found).error();
  take_partition(found->shape.partitions);
  if (found->was_missing) return {};
  SLUICE_ASSIGN(auto config, admin->settings(topic_, {}));
  if (config && (*config)["cleanup.policy"].value != "compact") {
    return user_error("E_COMMITS_TOPIC: topic '" + topic_ +
                      "' is not compacted, so the broker would remove what sinks have published "
                      "from its memory; set cleanup.policy=compact, or name another topic in "
                      "'commits_topic'");
  }
  return {};
}

Result<std::int64_t> CommitLog::offset(Cluster& cluster, std::int64_t ask) const {
  SLUICE_ASSIGN(const auto answer, cluster.offsets({{topic_, {{partition_, ask}}}}, {}));
  const auto found = answer.find(topic_);
  if (found == answer.end() || !found->second.contains(partition_)) {
    return transient_error("kafka: topic '" + topic_ + "' is not there");
  }
  return found->second.at(partition_);
}

Result<bool> CommitLog::wait_until_settled() {
  const auto deadline = std::chrono::steady_clock::now() + kSettleTime;
  while (true) {
    SLUICE_ASSIGN(const std::int64_t end, offset(kLatestOffset));
    SLUICE_ASSIGN(const std::int64_t committed, offset(*committed_, kLatestOffset));
    if (committed >= end) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kSettlePause);
  }
}

Result<CommitState> CommitLog::newest() {
  SLUICE_ASSIGN(const std::int64_t end, offset(kLatestOffset));
  if (!read_) {
    SLUICE_TRY(look_back(end));
  } else {
    SLUICE_ASSIGN(auto found, read(*read_, end));
    if (found) state_ = *std::move(found);
  }
  read_ = end;
  return state_;
}

/// Reads the end of the topic, and more of it until the key is there.
Status CommitLog::look_back(std::int64_t end) {
  SLUICE_ASSIGN(const std::int64_t begin, offset(kEarliestOffset));
  for (std::int64_t records = kLookBack;; records *= kLookBackFactor) {
    SLUICE_ASSIGN(auto found, read(std::max(begin, end - records), end));
    if (found) {
      state_ = *std::move(found);
      return {};
    }
    if (end - records <= begin) return {};
  }
}

/// What the newest record of the key in this range says, once all of it was read.
Result<std::optional<CommitState>> CommitLog::read(std::int64_t from, std::int64_t end) const {
  std::optional<CommitState> found;
  if (from >= end) return found;
  bool is_broken = false;
  SLUICE_ASSIGN(const auto fetcher, Fetcher::start({.connection = connection_,
                                                    .group = "",
                                                    .prefetch_bytes = kNotesPrefetchBytes,
                                                    .stall_timeout = connection_.connect_timeout},
                                                   {{topic_, {{partition_, from}}}}, files_));
  auto failure = fetcher->drain(
      {{topic_, {{partition_, end}}}}, {},
      [&](const PartitionKey& /*from*/, rd_kafka_message_memory_t* /*memory*/,
          std::span<const Record> records) {
        for (const Record& record : records) {
          if (record.key.bytes == nullptr || record.key.text() != key_) continue;
          auto state = parse_commit(record.value.bytes == nullptr ? "" : record.value.text());
          is_broken = !state;
          if (state) found = std::move(state);
        }
      });
  if (failure && failure->error.kind() == Kind::kTransient) {
    return std::move(failure->error)
        .with("read what was published; topic=" + topic_ +
              " partition=" + std::to_string(partition_) +
              "; another writer's transaction may be open there, until its time is over");
  }
  if (failure) return std::move(failure->error);
  if (is_broken) {
    return corruption_error("kafka: topic '" + topic_ + "' holds something else under the key '" +
                            key_ + "'; name another topic in 'commits_topic'");
  }
  return found;
}

}  // namespace sluice::connectors::kafka
