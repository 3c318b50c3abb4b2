#include "connectors/kafka/kafka_source.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "connectors/kafka/message_batch.h"
#include "connectors/kafka/start_offsets.h"

namespace sluice::connectors::kafka {
namespace {

using std::chrono::milliseconds;

/// How long to wait for records whose sizes a bytes limit goes by.
constexpr milliseconds kRecordsWait{1000};
/// A new leader may for a moment report an end before the old one's.
constexpr int kBehindTries = 5;
constexpr milliseconds kBehindPause{200};
constexpr milliseconds kCommitWait{1000};
/// Where what has come is enough, the brokers are asked so often all the same: whether the topics
/// are still there and end where they may.
constexpr milliseconds kAskEvery{1000};
/// Offsets may have gaps: a wide range need not hold many records.
constexpr std::int64_t kReserveRecordsMax = 1 << 17;

std::string place(const std::string& topic, std::int32_t partition) {
  return "topic=" + topic + " partition=" + std::to_string(partition);
}

/// The last of the partitions that end before the position; "": none does.
std::string end_before(const TopicOffsets& from, const TopicOffsets& ends) {
  std::string problem;
  for (const auto& [topic, partitions] : ends) {
    for (const auto& [partition, end] : partitions) {
      const std::int64_t at = find_offset(from, topic, partition).value_or(end);
      if (end < at) {
        problem = place(topic, partition) + " position=" + std::to_string(at) +
                  " end=" + std::to_string(end);
      }
    }
  }
  return problem;
}

}  // namespace

KafkaSource::KafkaSource(SourceSettings settings, const connector::Context& context)
    : name_(context.name),
      settings_(std::move(settings)),
      clock_(context.clock),
      files_(context.files),
      subscription_(settings_.topics, settings_.topic_pattern, settings_.discover_every,
                    context.clock) {}

KafkaSource::~KafkaSource() {
  if (fetcher_) fetcher_->commits().finish(kCommitWait);
  drop_fetcher();
}

const data::Schema& KafkaSource::schema() const { return message_schema(); }

Status KafkaSource::open(std::stop_token stop) {
  stop_ = std::move(stop);
  SLUICE_ASSIGN(cluster_, Cluster::create(settings_.fetch.connection, files_));
  if (settings_.shard) cluster_->keep_to(*settings_.shard);
  SLUICE_TRY(subscription_.open(*cluster_, stop_));
  warn_of_idling();
  return check_partition_counts();
}

void KafkaSource::drop_fetcher() {
  if (!fetcher_) return;
  if (fetcher_->dropped() > 0) {
    log_warn("source " + name_ +
             ": records before the wanted offsets came and were dropped; records=" +
             std::to_string(fetcher_->dropped()));
  }
  fetcher_->stop();
  fetcher_.reset();
}

TopicOffsets KafkaSource::wanted(const TopicOffsets& offsets) const {
  TopicOffsets wanted;
  for (const auto& [topic, partitions] : offsets) {
    if (subscription_.follows(topic)) wanted[topic] = partitions;
  }
  return wanted;
}

Status KafkaSource::fetch_from(const TopicOffsets& from) {
  if (fetcher_ && fetcher_->is_at(from)) return {};
  drop_fetcher();
  SLUICE_ASSIGN(fetcher_, Fetcher::start(settings_.fetch, from, files_));
  return {};
}

std::map<std::string, std::string> KafkaSource::topic_ids() const {
  std::map<std::string, std::string> ids;
  for (const auto& [topic, shape] : subscription_.topics()) {
    if (!shape.id.empty()) ids[topic] = shape.id;
  }
  return ids;
}

Result<data::Offset> KafkaSource::initial() {
  Positions positions;
  positions.ids = topic_ids();
  SLUICE_ASSIGN(positions.offsets, resolve_start(settings_.start, settings_.start_value, *cluster_,
                                                 subscription_.topics(), stop_));
  range_end_.reset();
  if (reads_again_) {
    SLUICE_TRY(check_begins_before_end(positions.offsets));
  } else if (settings_.end) {
    SLUICE_ASSIGN(range_end_, find_end());
    if (may_start_later()) raise_ends(positions.offsets, range_end_->offsets);
    SLUICE_TRY(check_range(positions.offsets, range_end_->offsets, settings_.end_value));
  }
  positions.end = range_end_;
  return positions.to_offset();
}

Result<TopicOffsets> KafkaSource::ends_now() {
  ends_asked_ = clock_.steady();
  SLUICE_ASSIGN(auto ends, cluster_->offsets(subscription_.topics(), kLatestOffset, stop_));
  for (const auto& [topic, shape] : std::map(subscription_.topics())) {
    const auto found = ends.find(topic);
    const std::size_t partitions = found == ends.end() ? 0 : found->second.size();
    if (partitions >= cluster_->partitions_of(shape)) continue;
    if (partitions > 0 || !subscription_.pass_over(topic)) return subscription_.missing(topic);
  }
  return ends;
}

Status KafkaSource::freeze() {
  return settings_.end ? subscription_.refresh(*cluster_, stop_) : freeze_now();
}

Status KafkaSource::freeze_now() {
  SLUICE_TRY(subscription_.refresh(*cluster_, stop_));
  SLUICE_ASSIGN(frozen_, ends_now());
  return {};
}

Status KafkaSource::end_at(const connector::Remembered& place) {
  SLUICE_TRY(subscription_.refresh(*cluster_, stop_));
  SLUICE_ASSIGN(const Positions end, Positions::parse(place.offset));
  for (const auto& [topic, id] : topic_ids()) {
    const auto known = end.ids.find(topic);
    if (known == end.ids.end() || known->second == id) continue;
    return corruption_error("kafka: topic=" + topic +
                            " was deleted and created again since the checkpoint has read it");
  }
  frozen_ = end.offsets;
  reads_again_ = true;
  return {};
}

/// Of a run that reads again: a partition that begins after its end would be left out silently.
Status KafkaSource::check_begins_before_end(const TopicOffsets& starts) const {
  for (const auto& [topic, partitions] : starts) {
    for (const auto& [partition, start] : partitions) {
      const auto end = find_offset(*frozen_, topic, partition);
      if (!end || start <= *end) continue;
      return user_error("kafka: topic=" + topic + " partition=" + std::to_string(partition) +
                        " begins at offset " + std::to_string(start) +
                        ", after that of the checkpoint (" + std::to_string(*end) +
                        "), so its records cannot be read again; its option start says where it "
                        "begins");
    }
  }
  return {};
}

/// An end before the position: another topic of this name without ids, or records that a broker
/// lost; or the position is a time's, whose record an open transaction holds back. `ends` is asked
/// for again before that is said.
Status KafkaSource::check_not_behind(const TopicOffsets& from, TopicOffsets& ends) {
  for (int attempt = 1;; ++attempt) {
    if (end_before(from, ends).empty()) return {};
    SLUICE_ASSIGN(const TopicOffsets written,
                  cluster_->written_offsets(subscription_.topics(), kLatestOffset, stop_));
    for (auto& [topic, partitions] : ends) {
      for (auto& [partition, end] : partitions) {
        const std::int64_t at = find_offset(from, topic, partition).value_or(end);
        if (find_offset(written, topic, partition).value_or(0) >= at) end = std::max(end, at);
      }
    }
    const std::string problem = end_before(from, ends);
    if (problem.empty()) return {};
    if (attempt == kBehindTries) {
      return corruption_error(
          "kafka: the partition ends before the position in the checkpoint; " + problem +
          "; the topic was deleted and created again, or a broker lost records. To read what is "
          "there now, start with a new checkpoint");
    }
    if (!clock_.sleep_for(kBehindPause, stop_)) return Error(Kind::kCancelled, "kafka: stopped");
    SLUICE_ASSIGN(ends, ends_now());
  }
}

/// Where everything that is there now ends, with the starts of partitions that `from` has not.
Result<Positions> KafkaSource::next_positions(const Positions& from) {
  SLUICE_ASSIGN(TopicOffsets ends, ends_now());
  SLUICE_TRY(check_not_behind(from.offsets, ends));
  note_held_back(ends);
  if (range_end_) stop_at(range_end_->offsets, from.offsets, ends);
  ends_ = ends;
  const TopicOffsets known = ends;
  if (frozen_) stop_at(*frozen_, from.offsets, ends);
  Positions next;
  next.ids = topic_ids();
  next.end = range_end_;
  TopicOffsets unknown;
  for (const auto& [topic, partitions] : ends) {
    for (const auto& [partition, end] : partitions) {
      next.offsets[topic][partition] = end;
      if (!find_offset(from.offsets, topic, partition)) unknown[topic][partition] = kEarliestOffset;
    }
  }
  // A partition that is left out would be new when it comes back, and be read again.
  for (const auto& [topic, partitions] : from.offsets) {
    if (!subscription_.follows(topic)) {
      // Nobody reads the topic at present; it may be put back.
      next.offsets[topic] = partitions;
      if (const auto id = from.ids.find(topic); id != from.ids.end()) next.ids.insert(*id);
      if (from.unread.contains(topic)) next.unread.insert(topic);
      continue;
    }
    for (const auto& [partition, offset] : partitions) {
      if (!find_offset(known, topic, partition)) return subscription_.missing(topic);
    }
  }
  if (unknown.empty()) return next;
  SLUICE_ASSIGN(const auto starts, cluster_->offsets(unknown, stop_));
  for (const auto& [topic, partitions] : unknown) {
    for (const auto& [partition, ask] : partitions) {
      const auto start = find_offset(starts, topic, partition);
      // An empty partition is no news yet.
      if (start && *start < next.offsets[topic][partition]) {
        next.starts[topic][partition] = *start;
      } else {
        next.offsets[topic].erase(partition);
      }
    }
    if (next.offsets[topic].empty()) next.offsets.erase(topic);
  }
  return next;
}

/// As next_positions(), where what has come is all that is known to be there and nobody needs to be
/// asked: of a position in the topics and partitions that are read, neither more nor less. Null
/// elsewhere.
std::optional<Positions> KafkaSource::arrived_positions(const Positions& from) {
  const bool is_due = clock_.steady() - ends_asked_ >= kAskEvery;
  if (is_due || frozen_ || range_end_ || !fetcher_ || !fetcher_->is_at(from.offsets)) return {};
  // Each batch of keyed shards is read before it is known that their topics are as they were.
  if (has_keyed_shards()) return {};
  if (from.offsets.size() != subscription_.topics().size()) return {};
  for (const auto& [topic, shape] : subscription_.topics()) {
    const auto known = from.offsets.find(topic);
    const std::size_t partitions = known == from.offsets.end() ? 0 : known->second.size();
    if (partitions != cluster_->partitions_of(shape)) return {};
  }
  auto ends = fetcher_->arrived();
  if (!ends) return {};
  Positions next;
  next.ids = topic_ids();
  next.offsets = ends_ = *std::move(ends);
  held_back_.clear();
  return next;
}

Result<TopicOffsets> KafkaSource::limited(const TopicOffsets& known, TopicOffsets ends,
                                          const data::ReadLimit& limit) {
  ends = cut_to_limit(known, ends, limit.records);
  const bool by_bytes = limit.bytes != std::numeric_limits<std::int64_t>::max();
  if (!by_bytes || count_between(known, ends) == 0) return ends;
  SLUICE_TRY(fetch_from(wanted(known)));
  if (auto cut = fetcher_->cut_to_bytes(wanted(ends), limit.bytes, kRecordsWait, stop_)) {
    for (const auto& [topic, partitions] : *cut) ends[topic] = partitions;
    return ends;
  }
  // read() waits for them, and says what is wrong when they do not come.
  return cut_to_limit(known, ends, std::max<std::int64_t>(limit.bytes / kRecordBytesGuess, 1));
}

/// Those of which nothing more was known than `at` has.
std::set<std::string> KafkaSource::read_to_end(const Positions& at) const {
  std::set<std::string> topics;
  for (const auto& [topic, partitions] : at.offsets) {
    const auto ends = ends_.find(topic);
    bool all = ends == ends_.end() ? !at.unread.contains(topic) : true;
    for (const auto& [partition, offset] : partitions) {
      all = all && offset >= find_offset(ends_, topic, partition).value_or(offset);
    }
    if (all) topics.insert(topic);
  }
  return topics;
}

Result<data::Offset> KafkaSource::latest(const data::Offset& from, const data::ReadLimit& limit) {
  SLUICE_ASSIGN(const Positions begin, Positions::parse(from));
  subscription_.note_read(read_to_end(begin));
  SLUICE_TRY(subscription_.refresh(*cluster_, stop_));
  for (const auto& [topic, partitions] : begin.offsets) {
    const bool there = subscription_.topics().contains(topic);
    if (!there && subscription_.follows(topic)) static_cast<void>(subscription_.pass_over(topic));
  }
  SLUICE_TRY(subscription_.check_same_topics(begin));
  SLUICE_TRY(check_partition_counts());
  // Fetching starts while the ends are asked for.
  const TopicOffsets read_from = wanted(begin.offsets);
  if (!fetcher_ && !read_from.empty()) SLUICE_TRY(fetch_from(read_from));
  std::optional<Positions> arrived;
  if (limit.at_hand) arrived = arrived_positions(begin);
  // Nothing is asked for what has come; the topics are looked at when the ends are.
  is_at_hand_ = arrived.has_value();
  if (!arrived) {
    SLUICE_ASSIGN(arrived, next_positions(begin));
  }
  Positions& next = *arrived;
  TopicOffsets known = begin.offsets;
  for (const auto& [topic, partitions] : next.starts) {
    known[topic].insert(partitions.begin(), partitions.end());
  }
  const TopicOffsets whole = next.offsets;
  SLUICE_ASSIGN(next.offsets, limited(known, std::move(next.offsets), limit));
  for (const auto& [topic, partitions] : next.offsets) {
    if (partitions != whole.at(topic)) next.unread.insert(topic);
  }
  if (count_between(known, next.offsets) == 0) return from;
  return next.to_offset();
}

Result<std::unique_ptr<data::RecordBatch>> KafkaSource::read(const data::Offset& from,
                                                             const data::Offset& to,
                                                             std::stop_token stop) {
  if (stop.stop_requested()) return Error(Kind::kCancelled, "kafka: read: stopped");
  SLUICE_ASSIGN(const Positions begin, Positions::parse(from));
  SLUICE_ASSIGN(const Positions end, Positions::parse(to));
  SLUICE_TRY(subscription_.check_same_topics(end));
  TopicOffsets starts;
  const TopicOffsets ends = wanted(end.offsets);
  for (const auto& [topic, partitions] : ends) {
    for (const auto& [partition, offset] : partitions) {
      auto start = find_offset(begin.offsets, topic, partition);
      if (!start) start = find_offset(end.starts, topic, partition);
      if (!start || *start > offset) {
        return corruption_error("kafka: these two positions are not a range; from=" + from.json +
                                " to=" + to.json);
      }
      starts[topic][partition] = *start;
    }
  }
  SLUICE_TRY(fetch_from(starts));
  auto batch = std::make_unique<MessageBatch>(fetcher_);
  for (const auto& [topic, partitions] : starts) {
    for (const auto& [partition, start] : partitions) {
      const std::int64_t range = *find_offset(end.offsets, topic, partition) - start;
      batch->reserve({topic, partition},
                     static_cast<std::size_t>(std::min(range, kReserveRecordsMax)));
    }
  }
  const RecordReceiver receive =
      [&](const PartitionKey& partition, rd_kafka_message_memory_t* memory,
          std::span<const Record> records) { batch->add(partition, memory, records); };
  if (auto failure = fetcher_->drain(ends, stop, receive)) {
    // Whatever it was, the next try starts with a new consumer.
    drop_fetcher();
    return explain(std::move(*failure));
  }
  if (!is_at_hand_) SLUICE_TRY(confirm_topics(end, starts));
  batch->finish();
  return std::unique_ptr<data::RecordBatch>(std::move(batch));
}

/// What was drained is of the topics that the positions are of: one that was made again since the
/// last look would have been read on at the old one's offsets.
Status KafkaSource::confirm_topics(const Positions& end, const TopicOffsets& starts) {
  std::set<std::string> read;
  for (const auto& [topic, partitions] : starts) {
    if (end.ids.contains(topic) && partitions != end.offsets.at(topic)) read.insert(topic);
  }
  auto confirmed = subscription_.look_again(*cluster_, read, stop_);
  if (confirmed) confirmed = subscription_.check_same_topics(end);
  // Whoever has written by another number of partitions knew it before.
  if (confirmed) confirmed = check_partition_counts();
  if (!confirmed) drop_fetcher();
  return confirmed;
}

Error KafkaSource::explain(FetchFailure failure) {
  const auto& [topic, partition] = failure.partition;
  if (failure.reason == FetchFailure::Reason::kMissingTopic) return subscription_.missing(topic);
  if (failure.reason != FetchFailure::Reason::kLostOffset) return std::move(failure.error);
  std::string available = "unknown";
  const auto low = cluster_->offsets({{topic, {{partition, kEarliestOffset}}}}, stop_);
  const auto high = cluster_->offsets({{topic, {{partition, kLatestOffset}}}}, stop_);
  if (low && high) {
    available = std::to_string(find_offset(*low, topic, partition).value_or(-1)) + ".." +
                std::to_string(find_offset(*high, topic, partition).value_or(-1));
  }
  return corruption_error(
      "kafka: records that were not read yet are gone from the broker; " + place(topic, partition) +
      " wanted_offset=" + std::to_string(failure.wanted) + " available_offsets=" + available +
      "; retention removed them, or the topic was created again. Give the topic a longer "
      "retention; "
      "to go on without the lost records, start with a new checkpoint and 'start: {offsets: ...}'");
}

void KafkaSource::release(const data::Offset& offset) {
  crash_point("kafka.before_release");
  if (settings_.fetch.group.empty() || !fetcher_) return;
  if (const auto positions = Positions::parse(offset))
    fetcher_->commits().send(wanted(positions->offsets));
  crash_point("kafka.after_release");
}

void KafkaSource::wait_for_data(const data::Offset& from, milliseconds wait, std::stop_token stop,
                                const Clock& clock) {
  const auto positions = Positions::parse(from);
  if (!positions || !fetch_from(wanted(positions->offsets))) {
    clock.sleep_for(wait, std::move(stop));
    return;
  }
  // New partitions and topics show themselves to latest() only.
  fetcher_->wait(std::min(wait, std::max(settings_.discover_every, milliseconds(10))),
                 reached_ends(positions->offsets), std::move(stop));
}

}  // namespace sluice::connectors::kafka
