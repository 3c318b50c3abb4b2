#include "connectors/kafka/positions.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sluice::connectors::kafka {
namespace {

using Json = OrderedJson;

Json to_json(const TopicOffsets& topics) {
  Json json = Json::object();
  for (const auto& [topic, partitions] : topics) {
    Json& entry = json[topic] = Json::object();
    for (const auto& [partition, offset] : partitions) entry[std::to_string(partition)] = offset;
  }
  return json;
}

Error not_ours(const data::Offset& offset) {
  return corruption_error("kafka: this is not a Kafka position; offset=" + offset.json +
                          "; the checkpoint belongs to another source");
}

bool read_partitions(const Json& json, PartitionOffsets& partitions) {
  if (!json.is_object()) return false;
  for (const auto& [key, value] : json.items()) {
    std::int32_t partition = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), partition);
    if (read.ec != std::errc() || read.ptr != key.data() + key.size()) return false;
    if (!value.is_number_integer()) return false;
    partitions[partition] = value.get<std::int64_t>();
  }
  return true;
}

/// One partition with something to read.
struct Share {
  std::int64_t available = 0;
  std::int64_t granted = 0;
  std::int64_t* end = nullptr;
};

/// Partitions with the largest part taken away first give back what is over the limit.
void grant_shares(std::vector<Share>& shares, std::int64_t records, std::int64_t total) {
  std::int64_t granted = 0;
  for (Share& share : shares) {
    const double part = static_cast<double>(records) *
                        (static_cast<double>(share.available) / static_cast<double>(total));
    share.granted = std::clamp(static_cast<std::int64_t>(part), std::int64_t{1}, share.available);
    granted += share.granted;
  }
  std::vector<Share*> by_size;
  for (Share& share : shares) by_size.push_back(&share);
  std::ranges::sort(by_size, [](const Share* a, const Share* b) {
    return a->granted != b->granted ? a->granted > b->granted : a < b;
  });
  // Rounding leaves a difference of at most one a partition.
  for (std::size_t i = 0; granted != records; i = (i + 1) % by_size.size()) {
    Share& share = *by_size[i];
    if (granted > records && share.granted > 1) {
      --share.granted;
      --granted;
    } else if (granted < records && share.granted < share.available) {
      ++share.granted;
      ++granted;
    }
  }
}

}  // namespace

Result<Positions> Positions::parse(const data::Offset& offset) {
  const Json json = parse_ordered_json(offset.json);
  if (!json.is_object()) return not_ours(offset);
  Positions positions;
  for (const auto& [key, value] : json.items()) {
    if (key == "@ids") {
      if (!value.is_object()) return not_ours(offset);
      for (const auto& [topic, id] : value.items()) {
        if (!id.is_string()) return not_ours(offset);
        positions.ids[topic] = id.get<std::string>();
      }
    } else if (key == "@starts") {
      if (!value.is_object()) return not_ours(offset);
      for (const auto& [topic, partitions] : value.items()) {
        if (!read_partitions(partitions, positions.starts[topic])) return not_ours(offset);
      }
    } else if (key == "@end") {
      if (!value.is_object() || !value.contains("option") || !value["option"].is_string() ||
          !value.contains("offsets") || !value["offsets"].is_object()) {
        return not_ours(offset);
      }
      positions.end = End{value["option"].get<std::string>(), {}};
      for (const auto& [topic, partitions] : value["offsets"].items()) {
        if (!read_partitions(partitions, positions.end->offsets[topic])) return not_ours(offset);
      }
    } else if (key == "@unread") {
      if (!value.is_array()) return not_ours(offset);
      for (const auto& topic : value) {
        if (!topic.is_string()) return not_ours(offset);
        positions.unread.insert(topic.get<std::string>());
      }
    } else if (!read_partitions(value, positions.offsets[key])) {
      return not_ours(offset);
    }
  }
  return positions;
}

data::Offset Positions::to_offset() const {
  Json json = to_json(offsets);
  if (!starts.empty()) json["@starts"] = to_json(starts);
  if (!ids.empty()) json["@ids"] = ids;
  if (!unread.empty()) json["@unread"] = unread;
  if (end) json["@end"] = {{"option", end->option}, {"offsets", to_json(end->offsets)}};
  return {dump_json(json)};
}

std::optional<std::int64_t> find_offset(const TopicOffsets& offsets, const std::string& topic,
                                        std::int32_t partition) {
  const auto partitions = offsets.find(topic);
  if (partitions == offsets.end()) return std::nullopt;
  const auto found = partitions->second.find(partition);
  if (found == partitions->second.end()) return std::nullopt;
  return found->second;
}

std::int64_t count_between(const TopicOffsets& from, const TopicOffsets& to) {
  std::int64_t count = 0;
  for (const auto& [topic, partitions] : to) {
    for (const auto& [partition, end] : partitions) {
      count += std::max<std::int64_t>(0, end - find_offset(from, topic, partition).value_or(end));
    }
  }
  return count;
}

TopicOffsets cut_to_limit(const TopicOffsets& from, const TopicOffsets& ends,
                          std::int64_t records) {
  const std::int64_t total = count_between(from, ends);
  if (total <= records) return ends;
  TopicOffsets cut = ends;
  std::vector<Share> shares;
  std::int64_t progress = 0;
  for (auto& [topic, partitions] : cut) {
    for (auto& [partition, end] : partitions) {
      const std::int64_t begin = find_offset(from, topic, partition).value_or(end);
      progress += begin;
      if (end > begin) shares.push_back({end - begin, 0, &end});
    }
  }
  if (records < static_cast<std::int64_t>(shares.size())) {
    // One record each for as many as fit; who comes first moves on with every batch.
    const auto count = static_cast<std::int64_t>(shares.size());
    for (std::int64_t i = 0; i < std::max<std::int64_t>(records, 1); ++i) {
      shares[static_cast<std::size_t>((progress + i) % count)].granted = 1;
    }
  } else {
    grant_shares(shares, records, total);
  }
  for (const Share& share : shares) *share.end += share.granted - share.available;
  return cut;
}

}  // namespace sluice::connectors::kafka
