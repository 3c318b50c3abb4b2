#include "cli/stoppable_run.h"

#include <utility>

namespace sluice::cli {

void StoppableRun::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (running_ == nullptr) return;
  running_->stop();
  if (on_stopping_) on_stopping_();
}

void StoppableRun::run(Host& host, const std::vector<HostedPipeline*>& pipelines,
                       std::function<void()> on_stopping) {
  {
    const std::lock_guard lock(mutex_);
    for (HostedPipeline* pipeline : pipelines) {
      if (!stopped_) static_cast<void>(pipeline->start());
    }
    running_ = &host;
    on_stopping_ = std::move(on_stopping);
  }
  host.wait();
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
  on_stopping_ = nullptr;
}

}  // namespace sluice::cli
