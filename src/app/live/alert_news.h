#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "sluice/host.h"

namespace sluice::app {

/// What has changed of a pipeline's alerts since somebody looked last. One thread.
class AlertNews {
 public:
  /// The data of the events `alert`: one for each alert that has changed, and for each of its
  /// incidents that has begun, changed or ended.
  std::vector<std::string> take(const HostedPipeline& pipeline);

 private:
  std::int64_t version_ = 0;
  std::map<std::string, std::string> alerts_;  // by id, as they were
  std::map<std::string, std::string> incidents_;
};

/// Puts `alerts` and `incidents` of a snapshot into `json`.
void add_alerts(OrderedJson& json, const std::string& alerts);

}  // namespace sluice::app
