// How far a Kafka source goes: the option `end`, what it waits for, and how far behind it is.
#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "connectors/kafka/kafka_source.h"
#include "connectors/kafka/start_offsets.h"
#include "data/time_range.h"

namespace sluice::connectors::kafka {

using std::chrono::milliseconds;

/// Whether the start, which an open transaction may hold back, may lie after an end that none does.
bool KafkaSource::may_start_later() const {
  const auto* from = std::get_if<StartTimestamp>(&settings_.start);
  if (from == nullptr || !settings_.end) return false;
  const auto* to = std::get_if<StartTimestamp>(&*settings_.end);
  return to != nullptr ? to->milliseconds >= from->milliseconds
                       : std::holds_alternative<StartLatest>(*settings_.end);
}

/// There is nothing to read where the end lies before the start.
void KafkaSource::raise_ends(const TopicOffsets& starts, TopicOffsets& ends) {
  for (auto& [topic, partitions] : ends) {
    for (auto& [partition, end] : partitions) {
      end = std::max(end, find_offset(starts, topic, partition).value_or(end));
    }
  }
}

Result<Positions::End> KafkaSource::find_end() {
  Positions::End end;
  end.option = position_text(*settings_.end);
  SLUICE_ASSIGN(end.offsets, resolve_end(*settings_.end, settings_.end_value, *cluster_,
                                         subscription_.topics(), stop_));
  return end;
}

Result<connector::Resumed> KafkaSource::resume(const connector::Remembered& past) {
  SLUICE_ASSIGN(Positions positions, Positions::parse(past.offset));
  range_end_ = positions.end;
  const std::string known = range_end_ ? range_end_->option : "";
  const std::string wanted = settings_.end ? position_text(*settings_.end) : "";
  if (known == wanted) {
    SLUICE_ASSIGN(const bool has_more, add_ends(positions));
    if (!has_more) return connector::Resumed{past.offset};
    positions.end = range_end_;
    return connector::Resumed{positions.to_offset()};
  }
  range_end_.reset();
  if (settings_.end) {
    SLUICE_ASSIGN(range_end_, find_end());
    SLUICE_TRY(leave_out_empty(positions));
  }
  log_info("source " + name_ + ": the option 'end' has changed; was=" +
           (known.empty() ? "none" : known) + " is=" + (wanted.empty() ? "none" : wanted));
  positions.end = range_end_;
  return connector::Resumed{positions.to_offset()};
}

/// Finds the ends of topics that were not in the option `topic` when the others' were found; false:
/// there are none.
Result<bool> KafkaSource::add_ends(const Positions& at) {
  const auto is_known = [&](const std::string& topic) {
    return range_end_->offsets.contains(topic);
  };
  if (!range_end_ || std::ranges::all_of(settings_.topics, is_known)) return false;
  SLUICE_ASSIGN(const Positions::End all, find_end());
  Positions::End before = std::exchange(*range_end_, all);
  for (const std::string& topic : settings_.topics) {
    if (!before.offsets.contains(topic)) {
      log_info("source " + name_ + ": topic '" + topic + "' was added to the range");
    }
  }
  SLUICE_TRY(leave_out_empty(at));
  for (auto& [topic, partitions] : before.offsets) {
    range_end_->offsets[topic] = std::move(partitions);
  }
  return true;
}

/// A partition that is not in the position and has nothing before the end never gets there.
Status KafkaSource::leave_out_empty(const Positions& at) {
  SLUICE_ASSIGN(const auto begins,
                cluster_->offsets(subscription_.topics(), kEarliestOffset, stop_));
  for (auto& [topic, partitions] : range_end_->offsets) {
    std::erase_if(partitions, [&, &topic = topic](const auto& entry) {
      const auto begin = find_offset(begins, topic, entry.first);
      return !find_offset(at.offsets, topic, entry.first) && begin.value_or(0) >= entry.second;
    });
  }
  return {};
}

connector::Ending KafkaSource::ending(const data::Offset& from) const {
  if (!settings_.end) return connector::Ending::kNever;
  const auto at = Positions::parse(from);
  if (!range_end_ || !at) return connector::Ending::kPending;
  for (const auto& [topic, partitions] : range_end_->offsets) {
    if (!subscription_.follows(topic)) continue;  // it was taken out of the option
    for (const auto& [partition, end] : partitions) {
      const auto reached = find_offset(at->offsets, topic, partition);
      if (!reached || *reached < end) return connector::Ending::kPending;
    }
  }
  return connector::Ending::kEnded;
}

/// Cuts `ends` off at `caps`, of the partitions that `caps` has; one that it has not, nor `from`,
/// came later and is left out.
void KafkaSource::stop_at(const TopicOffsets& caps, const TopicOffsets& from, TopicOffsets& ends) {
  for (auto& [topic, partitions] : ends) {
    std::erase_if(partitions, [&, &topic = topic](const auto& entry) {
      return !find_offset(caps, topic, entry.first) && !find_offset(from, topic, entry.first);
    });
    for (auto& [partition, end] : partitions) {
      const std::int64_t reached =
          find_offset(from, topic, partition).value_or(std::numeric_limits<std::int64_t>::min());
      end = std::max(reached, std::min(end, find_offset(caps, topic, partition).value_or(reached)));
    }
  }
}

/// The partitions of which latest() gives nothing more, whatever comes.
std::set<PartitionKey> KafkaSource::reached_ends(const TopicOffsets& at) const {
  std::set<PartitionKey> reached;
  for (const auto& [topic, partitions] : at) {
    for (const auto& [partition, offset] : partitions) {
      const auto is_at = [&](const TopicOffsets& ends) {
        return offset >= find_offset(ends, topic, partition).value_or(0);
      };
      if ((range_end_ && is_at(range_end_->offsets)) || (frozen_ && is_at(*frozen_))) {
        reached.emplace(topic, partition);
      }
    }
  }
  return reached;
}

/// Which partitions have, by the fetches' answers, more than `ends` that were just asked for.
void KafkaSource::note_held_back(const TopicOffsets& ends) {
  held_back_.clear();
  if (!fetcher_) return;
  for (const auto& [topic, partitions] : ends) {
    for (const auto& [partition, end] : partitions) {
      if (fetcher_->known_end(topic, partition).value_or(0) > end) {
        held_back_.emplace(topic, partition);
      }
    }
  }
}

Result<connector::Lag> KafkaSource::lag(const data::Offset& from) {
  SLUICE_ASSIGN(const Positions positions, Positions::parse(from));
  connector::Lag lag{.records = 0, .bytes = {}, .age = 0};
  std::vector<PartitionKey> unread;
  for (const auto& [topic, partitions] : ends_) {
    for (const auto& [partition, asked_end] : partitions) {
      std::int64_t end = asked_end;
      // Of a partition that an open transaction holds back it counts what nobody gets yet.
      if (fetcher_ && !held_back_.contains({topic, partition})) {
        end = std::max(end, fetcher_->known_end(topic, partition).value_or(0));
      }
      if (range_end_) {
        end = std::min(end, find_offset(range_end_->offsets, topic, partition).value_or(end));
      }
      const std::int64_t left =
          end - find_offset(positions.offsets, topic, partition).value_or(end);
      if (left <= 0) continue;
      *lag.records += left;
      unread.emplace_back(topic, partition);
    }
  }
  if (unread.empty()) return lag;
  lag.age.reset();
  if (fetcher_ && fetcher_->is_at(wanted(positions.offsets))) {
    const auto oldest = fetcher_->oldest_time_ms(unread);
    const auto written = oldest ? data::micros_of_milliseconds(*oldest) : std::nullopt;
    if (written) lag.age = std::max<Micros>(0, clock_.now() - *written);
  }
  return lag;
}

}  // namespace sluice::connectors::kafka
