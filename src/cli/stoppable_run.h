#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "sluice/host.h"

namespace sluice::cli {

/// A run of a host's pipelines that a signal stops, whenever it comes: before the host is made,
/// too.
class StoppableRun {
 public:
  /// No pipeline is started from now on, and those that run finish their batch. Any thread may
  /// call.
  void stop();
  /// Starts the pipelines and blocks until none is active. `on_stopping` is called when stop()
  /// comes meanwhile, by its thread.
  void run(Host& host, const std::vector<HostedPipeline*>& pipelines,
           std::function<void()> on_stopping);

 private:
  std::mutex mutex_;  // guards what follows
  Host* running_ = nullptr;
  std::function<void()> on_stopping_;
  bool stopped_ = false;
};

}  // namespace sluice::cli
