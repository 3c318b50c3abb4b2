#include <algorithm>
#include <utility>

#include "alerts/alert_watcher.h"
#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/thread.h"

namespace sluice::alerts {
bool is_aside(const Alert& alert) {
  using Of = JobCondition::Of;
  return alert.job && (alert.job->of == Of::kFailed || alert.job->of == Of::kFreshness);
}

void AlertWatcher::say_failure(const Error& error, Micros now) {
  const std::lock_guard lock(mutex_);
  for (const Alert& alert : board_->alerts()) {
    if (!alert.job || alert.job->of != JobCondition::Of::kFailed) continue;
    book_.observe(alert.name, JobFacts::failure(alert, pipeline_, error.message()), now);
    is_unkept_ = is_unshown_ = true;
  }
  book_.advance(now);
}

void AlertWatcher::end(const Status& how) {
  keeper_ = {};
  if (notes_ == nullptr) return;
  const Micros now = clock_.now();
  const Status done = at_border("end the alerts", [&]() -> Status {
    if (!look_) return {};
    // Whether its batch was committed only the notes say.
    look_.reset();
    SLUICE_ASSIGN(const std::vector<std::string> pieces, notes_->read());
    Book kept(pipeline_, board_->alerts());
    if (!pieces.empty()) kept.read(pieces.back(), receivers_, now);
    {
      const std::lock_guard lock(mutex_);
      kept.take_silences_of(book_);
      book_ = std::move(kept);
      is_unkept_ = true;
    }
    return adopt_aside(now, /*with_silences=*/false);
  });
  if (!done) log_warn("alerts: " + done.error().message());
  {
    const std::lock_guard lock(mutex_);
    take_silences(now);
  }
  const bool has_failed = !how && how.error().kind() != Kind::kCancelled;
  if (has_failed) say_failure(how.error(), now);
  keep_or_warn();
  finish();
  publish(clock_.now());
  keep_or_warn();
  notes_ = nullptr;
  // The next start may fail before it has its notes.
  if (auto noted = note_failure(now); !noted) log_warn("alerts: " + noted.error().message());
}

void AlertWatcher::fail_at_start(const Error& error) {
  if (facts_ || error.kind() == Kind::kCancelled || error.kind() == Kind::kConflict) return;
  const Micros now = clock_.now();
  if (auto known = adopt_aside(now, /*with_silences=*/true); !known) {
    log_warn("alerts: " + known.error().message());
  }
  {
    const std::lock_guard lock(mutex_);
    for (const Silence& one : board_->silences()) {
      if (one.until > now) book_.silence(one, now);
    }
    take_silences(now);
  }
  say_failure(error, now);
  Status noted = note_failure(now);
  finish();
  {
    // Of all else the board shows what it knows.
    const std::lock_guard lock(mutex_);
    board_->add_failures(book_, now);
  }
  if (noted) noted = note_failure(now);
  if (!noted) log_warn("alerts: the next start may say it again: " + noted.error().message());
}

/// What the file says of alerts that are noted there, into the book.
Status AlertWatcher::adopt_aside(Micros now, bool with_silences) {
  return at_border("read the note of a failure", [&]() -> Status {
    SLUICE_ASSIGN(const auto found, files_.find(aside_path_));
    if (!found) return {};
    SLUICE_ASSIGN(const std::string bytes, files_.read(aside_path_));
    Book noted(pipeline_, board_->alerts());
    noted.read(bytes, receivers_, now);
    const std::lock_guard lock(mutex_);
    for (const Alert& alert : board_->alerts()) {
      if (is_aside(alert)) book_.adopt(noted, alert.name);
    }
    if (with_silences) book_.take_silences_of(noted);
    has_aside_ = is_unkept_ = true;
    return {};
  });
}

/// REQUIRES: aside_mutex_ is held, or nobody else uses the file.
Status AlertWatcher::note_aside() {
  return at_border("note a failure", [&]() -> Status {
    std::string bytes;
    {
      const std::lock_guard lock(mutex_);
      bytes = book_.bytes();
      has_aside_ = true;
    }
    SLUICE_TRY(files_.make_folders(folder_));
    return files_.write_atomic(aside_path_, bytes);
  });
}

/// What the next start must know if it fails before it has its notes.
Status AlertWatcher::note_failure(Micros now) {
  {
    const std::lock_guard lock(mutex_);
    const auto matters = [this, now](const Alert& alert) {
      return alert.job && alert.job->of == JobCondition::Of::kFailed &&
             (!book_.alerts().at(alert.name).keys().empty() ||
              book_.silenced_until(alert.name, nullptr, now) > 0);
    };
    if (std::ranges::none_of(board_->alerts(), matters)) return {};
  }
  return note_aside();
}

/// Sends what waits, as long as a run's end may take.
void AlertWatcher::finish() {
  hand_out();
  if (!delivery_.wait(farewell_)) {
    log_warn("alerts: not all notices are sent; they are kept for the next start");
  }
  delivery_.stop();
  const Micros now = clock_.now();
  if (take_deliveries(now, /*at_once=*/true)) {
    const std::lock_guard lock(mutex_);
    is_unkept_ = true;
  }
  const std::lock_guard lock(mutex_);
  is_unshown_ = true;
}

}  // namespace sluice::alerts
