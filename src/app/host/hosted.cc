#include "app/host/hosted.h"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "alerts/alert_watcher.h"
#include "app/pipeline/pipeline_content.h"
#include "app/pipeline/plan_description.h"
#include "base/border.h"
#include "base/log.h"
#include "base/thread.h"
#include "engine/compatibility.h"
#include "engine/engine.h"
#include "questions/question_watcher.h"
#include "state/checkpoint.h"

namespace sluice::app {
namespace {

void choose(TriggerChoice choice, engine::Trigger& trigger) {
  if (choice == TriggerChoice::kOnce) trigger.kind = engine::Trigger::Kind::kOnce;
  if (choice == TriggerChoice::kAvailableNow) trigger.kind = engine::Trigger::Kind::kAvailableNow;
}

/// The page belongs to the process.
Status check_page(const config::PageEntry& was, const config::PageEntry& is,
                  const std::string& path) {
  const auto parts = [](const config::PageEntry& page) {
    return std::tie(page.address, page.token_file, page.certificate, page.key, page.plain,
                    page.hosts);
  };
  if (parts(was) == parts(is)) return {};
  const std::string place = is.address.empty() ? path : is.location.to_string();
  const auto where = [](const config::PageEntry& page) {
    return page.address.empty() ? std::string("not said") : page.address;
  };
  return user_error(place + ": " +
                    (was.address == is.address
                         ? "how the page is served has changed"
                         : "where the page is served was " + where(was) + ", and is " + where(is)) +
                    " in the file; a page goes on as it was begun: stop the program and start it "
                    "again");
}

}  // namespace

Hosted::Hosted(Pipeline pipeline, const HostOptions& options, Share share,
               questions::QuestionRoom* room)
    : options_(options),
      share_(std::move(share)),
      name_(pipeline.describe().name),
      board_(name_),
      room_(room),
      desk_(clock_, [this] { wake_for_question(); }),
      version_(std::move(pipeline)) {
  declare_charts(version_);
  now_.name = name_;
  now_.path = version_.path();
  now_.since_us = clock_.now();
  alert_board_ = version_.content().parts->composition.alert_board;
}

Hosted::~Hosted() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
}

PipelineDescription Hosted::describe() const {
  const std::lock_guard lock(mutex_);
  return planned_ ? *planned_ : version_.describe();
}

PipelineSnapshot Hosted::snapshot() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

Limits Hosted::asked() const {
  const std::lock_guard lock(mutex_);
  return limits_of(version_.content().file);
}

std::string Hosted::path() const {
  const std::lock_guard lock(mutex_);
  return version_.path();
}

std::string Hosted::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return version_.content().file.checkpoint;
}

void Hosted::enter(PipelineState state) {
  now_.state = state;
  now_.since_us = clock_.now();
}

bool Hosted::is_ending() const {
  return now_.state == PipelineState::kDraining || now_.state == PipelineState::kStopping;
}

Error Hosted::refusal(const std::string& what) const {
  return user_error("pipeline '" + name_ + "' cannot " + what + ": it is " +
                    std::string(state_name(now_.state)));
}

void Hosted::renew_control() {
  control_ = std::make_shared<engine::Control>();
  if (paused_) control_->pause();
  if (drained_) control_->drain();
}

Status Hosted::start() {
  return at_border("start the pipeline", [&]() -> Status {
    const std::lock_guard one(start_mutex_);
    {
      const std::lock_guard lock(mutex_);
      if (is_active(now_.state)) return refusal("start");
    }
    if (thread_.get_id() == std::this_thread::get_id()) {
      return user_error("pipeline '" + name_ + "' cannot be started by its own thread");
    }
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    stop_ = std::stop_source();
    if (alert_board_ != nullptr) alert_board_->begin_anew();
    paused_ = drained_ = false;
    renew_control();
    summary_ = {};
    PipelineSnapshot fresh;
    fresh.name = name_;
    fresh.path = version_.path();
    fresh.started_us = clock_.now();
    now_ = std::move(fresh);
    enter(PipelineState::kStarting);
    auto started = at_border("pipeline '" + name_ + "' gets no thread", [&]() -> Status {
      thread_ = start_thread(
          name_, [this, stop = stop_.get_token()](const std::stop_token&) { run(stop); },
          [this](Error error) { give_up(error); });
      return {};
    });
    if (!started) {
      enter(PipelineState::kFailed);
      now_.error = PipelineError{started.error().kind(), started.error().message()};
      return started;
    }
    at_work_ = true;
    return {};
  });
}

Status Hosted::pause() {
  return at_border("pause the pipeline", [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (!is_active(now_.state) || is_ending()) return refusal("pause");
    paused_ = true;
    control_->pause();
    return {};
  });
}

Status Hosted::resume() {
  return at_border("resume the pipeline", [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (!is_active(now_.state) || is_ending()) return refusal("resume");
    paused_ = false;
    control_->resume();
    return {};
  });
}

Status Hosted::trigger() {
  return at_border("trigger the pipeline", [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (paused_ && is_active(now_.state)) {
      return user_error("pipeline '" + name_ + "' runs no batch: it is paused; resume it");
    }
    const bool is_reloading = now_.state == PipelineState::kReloading;
    if (!is_active(now_.state) || is_ending() || is_reloading) return refusal("run a batch now");
    control_->trigger();
    return {};
  });
}

Status Hosted::drain() {
  return at_border("drain the pipeline", [&]() -> Status {
    const std::lock_guard lock(mutex_);
    if (now_.state == PipelineState::kDraining) return {};
    if (!is_active(now_.state) || is_ending()) return refusal("drain");
    drained_ = true;
    paused_ = false;
    enter(PipelineState::kDraining);
    control_->drain();
    return {};
  });
}

Status Hosted::stop() {
  return at_border("stop the pipeline", [&]() -> Status {
    std::stop_source stop;
    {
      const std::lock_guard lock(mutex_);
      if (!is_active(now_.state) || now_.state == PipelineState::kStopping) return {};
      enter(PipelineState::kStopping);
      stop = stop_;
    }
    stop.request_stop();  // calls what waits for it
    return {};
  });
}

void Hosted::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !at_work_; });
}

Result<std::shared_ptr<DeadLetters>> Hosted::dead_letters() {
  return at_border("open the dead letters", [&]() -> Result<std::shared_ptr<DeadLetters>> {
    const std::lock_guard lock(mutex_);
    if (letters_ == nullptr) {
      SLUICE_ASSIGN(letters_, DeadLetters::open(version_));
    }
    return letters_;
  });
}

Status Hosted::check_identity(const Pipeline& next) const {
  const config::PipelineFile& was = version_.content().file;
  const config::PipelineFile& is = next.content().file;
  if (is.name != was.name) {
    return user_error(next.path() + ": the pipeline is called '" + is.name + "' now, and was '" +
                      was.name + "'; another name is another pipeline: stop this one, start that");
  }
  if (is.checkpoint != was.checkpoint) {
    return user_error(next.path() + ": the checkpoint is " + is.checkpoint + " now, and was " +
                      was.checkpoint +
                      "; another checkpoint is another run: stop this one, start that");
  }
  return check_page(was.ui.page, is.ui.page, next.path());
}

Status Hosted::reload() {
  return at_border("reload the pipeline", [&]() -> Status {
    const std::lock_guard one(reload_mutex_);
    const LogScope scope(options_.names_in_log ? name_ : "");
    auto done = [this]() -> Status {
      std::string path;
      std::map<std::string, std::string> variables;
      std::optional<Shard> shard;
      {
        const std::lock_guard lock(mutex_);
        path = version_.path();
        variables = version_.content().variables;
        shard = version_.content().file.shard;
      }
      std::set<std::string> unused;
      SLUICE_ASSIGN(Pipeline next, Pipeline::load(path, variables, &unused, shard));
      const engine::Pipeline& pipeline = next.content().parts->composition.pipeline;
      SLUICE_ASSIGN(const sql::Plan plan, engine::check_pipeline(pipeline));
      std::shared_ptr<engine::Control> control;
      {
        const std::lock_guard lock(mutex_);
        SLUICE_TRY(check_identity(next));
        if (is_ending() || now_.state == PipelineState::kReloading) return refusal("reload");
        if (!is_active(now_.state) || resting_) {
          version_ = std::move(next);
          letters_.reset();
          planned_.reset();
          declare_charts(version_);
          if (resting_) control_->trigger();
          return {};
        }
        reloaded_.reset();
        successor_ = std::move(next);  // what `pipeline` refers to does not move
        control = control_;
      }
      auto fits = control->hand_over([&](state::Checkpoint& checkpoint) -> Status {
        SLUICE_ASSIGN(const state::Position position, checkpoint.position());
        return engine::check_compatible(pipeline, plan, position, checkpoint);
      });
      std::unique_lock lock(mutex_);
      if (!fits) {
        successor_.reset();
        return std::move(fits).error().with("not reloaded, the pipeline goes on as it was");
      }
      changed_.wait(lock, [this] { return reloaded_.has_value(); });
      return *std::exchange(reloaded_, std::nullopt);
    }();
    const std::lock_guard lock(mutex_);
    if (!is_active(now_.state)) return done;  // the error says why it has failed
    now_.error.reset();
    if (!done) now_.error = PipelineError{done.error().kind(), done.error().message()};
    return done;
  });
}

void Hosted::tell(PipelineState state, const Error* error) const {
  if (options_.listener != nullptr) options_.listener->on_state(name_, state, error);
}

void Hosted::run(const std::stop_token& stop) {
  const LogScope scope(options_.names_in_log ? name_ : "");
  tell(PipelineState::kStarting);
  Next next = Next::kSuccessor;
  while (next != Next::kEnd) {
    std::shared_ptr<engine::Control> control;
    {
      const std::lock_guard lock(mutex_);
      control = control_;
    }
    Status done = run_version(stop);
    control->close();
    next = next_version(done, control->handed_over(), stop);
    if (next == Next::kEnd && rest_before_restart(done, stop)) {
      done = Status();
      if (!stop.stop_requested()) next = Next::kGoBack;
    }
    if (next == Next::kEnd) settle(done, stop);
  }
}

/// A library may throw; what it threw ends this pipeline alone.
Status Hosted::run_version(const std::stop_token& stop) {
  return at_border("run the pipeline", [&]() -> Status {
    SLUICE_ASSIGN(const auto parts, prepare());
    const Composition& composition = parts->composition;
    const engine::Surroundings surroundings{parts->clock,
                                            parts->random,
                                            *parts->files,
                                            *this,
                                            control_.get(),
                                            [this, &composition](const sql::Plan& plan) {
                                              PipelineDescription planned = composition.description;
                                              add_plan(planned, composition.pipeline, plan);
                                              const std::lock_guard lock(mutex_);
                                              planned_ = std::move(planned);
                                            }};
    Status done = engine::run_pipeline(parts->composition.pipeline, surroundings, summary_, stop);
    if (!done && composition.alert_watcher != nullptr && !goes_back()) {
      composition.alert_watcher->fail_at_start(done.error());
    }
    return done;
  });
}

/// Whether an error of this version brings the one before it back.
bool Hosted::goes_back() const {
  const std::lock_guard lock(mutex_);
  return before_.has_value();
}

void Hosted::give_up(const Error& error) {
  log_error(error.message());
  std::shared_ptr<engine::Control> control;
  {
    const std::lock_guard lock(mutex_);
    control = control_;
    reloaded_ = error.clone();
  }
  control->close();
  const std::lock_guard lock(mutex_);
  if (is_active(now_.state)) enter(PipelineState::kFailed);
  now_.error = PipelineError{error.kind(), error.message()};
  at_work_ = false;
  changed_.notify_all();
}

Result<std::unique_ptr<Runnable>> Hosted::prepare() {
  const Limits limits = share_(*this);
  SLUICE_ASSIGN(auto parts, make_runnable(version_.content().file, limits, &board_));
  declare_charts(version_);
  choose(options_.trigger, parts->composition.pipeline.trigger);
  if (room_ != nullptr) {
    parts->composition.pipeline.watchers.push_back(
        std::make_unique<questions::QuestionWatcher>(desk_, parts->clock));
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<alerts::Board> board = parts->composition.alert_board;
  if (board != nullptr && alert_board_ != nullptr) board->go_on_from(*alert_board_);
  alert_board_ = std::move(board);
  ++alert_boards_;
  now_.memory_bytes = limits.memory_bytes;
  now_.threads = limits.threads;
  return parts;
}

Hosted::Next Hosted::next_version(const Status& done, bool handed_over,
                                  const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (done && handed_over) {
      before_ = std::exchange(version_, *std::exchange(successor_, std::nullopt));
      letters_.reset();
      if (!is_ending()) enter(PipelineState::kReloading);
      renew_control();
      return Next::kSuccessor;
    }
    if (handed_over) {
      // It went wrong after it had said yes.
      successor_.reset();
      reloaded_ = done.error().clone().with("the version before ended with an error");
      changed_.notify_all();
    }
    if (!before_) return Next::kEnd;
    // The new version has not come as far as its first batch.
    if (done || stop.stop_requested()) {
      before_.reset();
      reloaded_ = Error(Kind::kCancelled, "pipeline '" + name_ + "' ended before");
      changed_.notify_all();
      return Next::kEnd;
    }
    version_ = *std::exchange(before_, std::nullopt);
    letters_.reset();
    reloaded_ = done.error().clone().with("the new version did not start, the old one goes on");
    renew_control();
    changed_.notify_all();
  }
  log_error("reload: the new version did not start, the old one goes on: " +
            done.error().message());
  return Next::kGoBack;
}

void Hosted::settle(const Status& done, const std::stop_token& stop) {
  const PipelineState state = !done                   ? PipelineState::kFailed
                              : stop.stop_requested() ? PipelineState::kStopped
                                                      : PipelineState::kFinished;
  {
    const std::lock_guard lock(mutex_);
    enter(state);
    now_.summary = summary_;
    now_.retrying.clear();
    if (!done) now_.error = PipelineError{done.error().kind(), done.error().message()};
  }
  tell(state, done ? nullptr : &done.error());
  const std::lock_guard lock(mutex_);
  at_work_ = false;
  changed_.notify_all();
}

void Hosted::on_start(std::int64_t next_batch, int redone) {
  bool took_over = false;
  {
    const std::lock_guard lock(mutex_);
    took_over = before_.has_value();
    if (took_over) {
      before_.reset();
      ++now_.reloads;
      reloaded_.emplace();
      changed_.notify_all();
    }
    if (!now_.retrying.empty()) now_.error.reset();  // of the run before
    now_.retrying.clear();
    if (!is_ending()) enter(PipelineState::kRunning);
  }
  if (took_over) log_info("reloaded: a new version of the file goes on");
  if (options_.listener != nullptr) options_.listener->on_start(name_, next_batch, redone);
  tell(PipelineState::kRunning);
}

void Hosted::on_batch(const BatchProgress& progress) {
  {
    // Copied before the lock is taken: whoever asks for a snapshot waits for two moves.
    std::optional<BatchProgress> last(progress);
    RunSummary summary = summary_;
    const std::lock_guard lock(mutex_);
    now_.last.swap(last);
    std::swap(now_.summary, summary);
    now_.retrying.clear();
  }
  if (options_.listener != nullptr) options_.listener->on_batch(name_, progress);
}

void Hosted::on_retry(const std::string& what, int attempt, std::int64_t pause_ms) {
  std::shared_ptr<engine::Control> control;
  {
    const std::lock_guard lock(mutex_);
    ++now_.retries;
    now_.retrying = what;
    control = control_;
  }
  control->refuse_wish(user_error("'" + what +
                                  "' failed and is tried again, and a savepoint waits for the end "
                                  "of a batch; ask again when batches go on"));
  if (options_.listener != nullptr) options_.listener->on_retry(name_, what, attempt, pause_ms);
}

void Hosted::on_hold(bool held) {
  const PipelineState state = held ? PipelineState::kPaused : PipelineState::kRunning;
  {
    const std::lock_guard lock(mutex_);
    if (is_ending()) return;
    enter(state);
  }
  tell(state);
}

}  // namespace sluice::app
