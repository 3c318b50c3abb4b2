#include <chrono>
#include <limits>
#include <memory>

#include "app/host/hosted.h"
#include "app/pipeline/pipeline_content.h"
#include "base/log.h"

namespace sluice::app {
namespace {

constexpr std::chrono::milliseconds kRestartPauseMax{60'000};

/// Whether a run that ended with such an error may go better the next time.
bool may_pass(Kind kind) {
  return kind != Kind::kUser && kind != Kind::kConflict && kind != Kind::kCorruption &&
         kind != Kind::kCancelled;
}

}  // namespace

bool Hosted::rest_before_restart(const Status& done, const std::stop_token& stop) {
  if (done || stop.stop_requested()) return false;
  if (!restarts_ || summary_.batches > batches_before_restart_) {
    restarts_.emplace(std::numeric_limits<int>::max(), kRestartPauseMax, random_);
  }
  batches_before_restart_ = summary_.batches;
  const std::chrono::milliseconds pause = restarts_->next();
  const std::string what = "start again after an error";
  std::shared_ptr<engine::Control> control;
  {
    const std::lock_guard lock(mutex_);
    const config::PipelineFile& file = version_.content().file;
    const bool restarts =
        file.engine.text("restart") == "on_failure" && may_pass(done.error().kind());
    // A table that is not there for a moment does not end a dashboard.
    const bool looks_again = file.checkpoint.empty() && summary_.batches > 0;
    if ((!restarts && !looks_again) || is_ending()) return false;
    ++now_.restarts;
    now_.retrying = what;
    enter(PipelineState::kStarting);
    renew_control();
    now_.error = PipelineError{done.error().kind(), done.error().message()};
    resting_ = true;
    control = control_;
    // Whatever is asked from now on ends the pause, and the next start can do it.
    static_cast<void>(control->orders());
  }
  log_error(done.error().message());
  if (options_.listener != nullptr) {
    options_.listener->on_retry(name_, what, restarts_->attempt(), pause.count());
  }
  tell(PipelineState::kStarting);
  control->sleep_until(clock_, clock_.steady() + pause, stop);
  const std::lock_guard lock(mutex_);
  resting_ = false;
  return true;
}

}  // namespace sluice::app
