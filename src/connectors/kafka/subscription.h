#pragma once

#include <chrono>
#include <map>
#include <regex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "connectors/kafka/cluster.h"
#include "sluice/base/result.h"

namespace sluice::connectors::kafka {

/// Which topics a source reads, by names or by a pattern, and what is known of them. One thread.
class Subscription {
 public:
  /// `pattern` is used when there are no names; it must match a topic's whole name. Topics whose
  /// names begin with kCommitsTopic match none.
  Subscription(std::vector<std::string> names, const std::string& pattern,
               std::chrono::milliseconds discover_every, const Clock& clock);

  /// Looks for topics and partitions. kUser when a named topic does not exist.
  Status open(Cluster& cluster, std::stop_token stop);

  /// Looks again when it is time: new partitions, new topics of the pattern, other ids. A named
  /// topic that has gone is an error of forget_or_fail(). Topics never disappear from topics().
  Status refresh(Cluster& cluster, std::stop_token stop);

  /// Looks at these at once, of which topics() then has the newest shapes. One that is missing
  /// stays as it was.
  Status look_again(Cluster& cluster, const std::set<std::string>& topics, std::stop_token stop);

  const std::map<std::string, TopicShape>& topics() const { return topics_; }
  /// By name or pattern, and not skipped.
  bool follows(const std::string& topic) const;

  /// Topics of which all is read that is known of, as far as the position says. One of them that a
  /// pattern has found and that is gone is skipped, and named once, until it is back.
  void note_read(std::set<std::string> topics) { read_ = std::move(topics); }
  /// The cluster does not know `topic`: whether it is skipped from now on.
  bool pass_over(const std::string& topic);

  /// A position knows topics by their ids: kCorruption when one of them is another topic now.
  Status check_same_topics(const Positions& positions) const;

  /// What to report when the cluster says that `topic` is not there: kTransient at first, because a
  /// broker that restarts may say so too, kCorruption when it lasts.
  Error missing(const std::string& topic);

 private:
  Result<std::map<std::string, TopicShape>> look(Cluster& cluster, std::stop_token stop);
  bool is_named(const std::string& topic) const;

  std::set<std::string> names_;
  std::regex pattern_;
  bool by_pattern_;
  std::chrono::nanoseconds discover_every_;
  const Clock& clock_;
  std::map<std::string, TopicShape> topics_;
  std::chrono::nanoseconds looked_{0};
  std::map<std::string, std::chrono::nanoseconds> missing_since_;
  std::set<std::string> read_;
  std::set<std::string> passed_over_;
};

}  // namespace sluice::connectors::kafka
