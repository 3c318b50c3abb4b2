#include "connectors/kafka/subscription.h"

#include <utility>

#include "base/log.h"
#include "connectors/kafka/commit_log.h"

namespace sluice::connectors::kafka {
namespace {

constexpr std::chrono::seconds kMissingGrace{5};

}  // namespace

Subscription::Subscription(std::vector<std::string> names, const std::string& pattern,
                           std::chrono::milliseconds discover_every, const Clock& clock)
    : names_(names.begin(), names.end()),
      pattern_(pattern),
      by_pattern_(names.empty()),
      discover_every_(discover_every),
      clock_(clock) {}

bool Subscription::follows(const std::string& topic) const {
  return is_named(topic) && !passed_over_.contains(topic);
}

bool Subscription::pass_over(const std::string& topic) {
  if (!by_pattern_ || !read_.contains(topic)) return false;
  topics_.erase(topic);
  if (passed_over_.insert(topic).second) {
    log_warn("kafka: topic '" + topic +
             "' of the pattern was deleted; it was read to its end and is skipped");
  }
  return true;
}

bool Subscription::is_named(const std::string& topic) const {
  if (!by_pattern_) return names_.contains(topic);
  // A sink of this very pipeline would note there what it has made of the last note.
  return !topic.starts_with(kCommitsTopic) && std::regex_match(topic, pattern_);
}

Result<std::map<std::string, TopicShape>> Subscription::look(Cluster& cluster,
                                                             std::stop_token stop) {
  if (!by_pattern_) return cluster.describe(names_, std::move(stop));
  SLUICE_ASSIGN(const auto all, cluster.list(stop));
  std::set<std::string> matching;
  for (const auto& [topic, shape] : all) {
    if (is_named(topic)) matching.insert(topic);
  }
  return cluster.describe(matching, std::move(stop));
}

Status Subscription::open(Cluster& cluster, std::stop_token stop) {
  SLUICE_ASSIGN(topics_, look(cluster, std::move(stop)));
  for (const std::string& name : names_) {
    if (!topics_.contains(name)) return cluster.unknown_topic(name);
  }
  looked_ = clock_.steady();
  return {};
}

Status Subscription::refresh(Cluster& cluster, std::stop_token stop) {
  if (clock_.steady() - looked_ < discover_every_) return {};
  SLUICE_ASSIGN(auto seen, look(cluster, std::move(stop)));
  for (const auto& [topic, shape] : std::map(topics_)) {
    if (!seen.contains(topic) && !pass_over(topic)) return missing(topic);
  }
  missing_since_.clear();
  topics_ = std::move(seen);
  std::erase_if(passed_over_, [this](const auto& topic) { return topics_.contains(topic); });
  looked_ = clock_.steady();
  return {};
}

Status Subscription::look_again(Cluster& cluster, const std::set<std::string>& topics,
                                std::stop_token stop) {
  SLUICE_ASSIGN(auto seen, cluster.describe(topics, std::move(stop)));
  for (auto& [topic, shape] : seen) topics_[topic] = std::move(shape);
  return {};
}

Status Subscription::check_same_topics(const Positions& positions) const {
  for (const auto& [topic, id] : positions.ids) {
    const auto now = topics_.find(topic);
    if (now == topics_.end() || now->second.id.empty() || now->second.id == id) continue;
    return corruption_error(
        "kafka: topic '" + topic +
        "' was deleted and created again since it was last read; old_id=" + id +
        " new_id=" + now->second.id +
        "; the offsets in the checkpoint belong to the old one. To read the new topic from its "
        "beginning, start with a new checkpoint");
  }
  return {};
}

Error Subscription::missing(const std::string& topic) {
  const auto [entry, first_time] = missing_since_.try_emplace(topic, clock_.steady());
  if (first_time || clock_.steady() - entry->second < kMissingGrace) {
    return transient_error("kafka: the cluster does not know topic '" + topic + "' at the moment");
  }
  return corruption_error(
      "kafka: topic '" + topic +
      "' was deleted while it was being read; its unread records are gone. To go "
      "on with a topic of this name, start with a new checkpoint");
}

}  // namespace sluice::connectors::kafka
