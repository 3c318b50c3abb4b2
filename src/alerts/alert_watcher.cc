#include "alerts/alert_watcher.h"

#include <algorithm>
#include <utility>

#include "base/border.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/thread.h"

namespace sluice::alerts {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::chrono::milliseconds kWatchEvery{500};
/// Between two visits while notices are on their way, and of any two at least.
constexpr Micros kVisitEvery = 500'000;
constexpr Micros kVisitMin = 100'000;
/// Sent notices leave the checkpoint so often at most, and texts alone are shown so often.
constexpr Micros kMarkEvery = 1'000'000;
constexpr Micros kShowEvery = 1'000'000;
/// A query takes a tenth of the time at most, unless a second has passed.
constexpr int kCostShare = 10;
constexpr seconds kCostPauseMax{1};
constexpr seconds kFailurePause{60};
constexpr seconds kFailurePauseMax{3600};

/// Whether so much time is over, by a clock that may be set back.
bool is_over(Micros since, Micros span, Micros now) { return now < since || now - since >= span; }

std::set<std::string> names_of(const Receivers& receivers) {
  std::set<std::string> names;
  for (const auto& [name, receiver] : receivers) names.insert(name);
  return names;
}

}  // namespace

AlertWatcher::AlertWatcher(WatcherParts parts)
    : pipeline_(std::move(parts.pipeline)),
      sources_(std::move(parts.sources)),
      board_(std::move(parts.board)),
      clock_(parts.clock),
      farewell_(parts.farewell),
      files_(parts.files),
      folder_(std::move(parts.folder)),
      aside_path_(io::join_path(folder_, "alerts_failed.json")),
      receivers_(names_of(parts.receivers)),
      book_(pipeline_, board_->alerts()),
      delivery_(std::move(parts.receivers), parts.clock, parts.random) {}

AlertWatcher::~AlertWatcher() {
  keeper_ = {};
  delivery_.stop();
}

std::vector<sql::ViewText> AlertWatcher::queries() const {
  std::vector<sql::ViewText> texts;
  for (const Alert& alert : board_->alerts()) {
    if (alert.when.text.empty()) continue;
    const std::string name = "alert '" + alert.name + "'";
    texts.push_back({.name = name, .sql = alert.when.text, .location = alert.when.location});
    if (alert.clear_when.text.empty()) continue;
    texts.push_back(
        {.name = name, .sql = alert.clear_when.text, .location = alert.clear_when.location});
  }
  return texts;
}

Status AlertWatcher::check(std::span<const sql::QueryPlan> queries) {
  asked_.clear();
  std::size_t at = 0;
  for (const Alert& alert : board_->alerts()) {
    if (alert.when.text.empty()) continue;
    const sql::QueryPlan* when = &queries[at++];
    const sql::QueryPlan* clear = alert.clear_when.text.empty() ? nullptr : &queries[at++];
    SLUICE_ASSIGN(AlertQuery query, AlertQuery::make(alert, when->schema,
                                                     clear == nullptr ? nullptr : &clear->schema));
    asked_.push_back({&alert, when, clear, std::move(query)});
  }
  return {};
}

Status AlertWatcher::open(engine::WatchNotes& notes, Micros now) {
  SLUICE_ASSIGN(const std::vector<std::string> pieces, notes.read());
  notes_ = &notes;
  {
    const std::lock_guard lock(mutex_);
    // A kill may have left older ones in front.
    if (!pieces.empty()) book_.read(pieces.back(), receivers_, now);
    facts_.emplace(pipeline_, sources_, board_->begin(now));
    is_unkept_ = is_unshown_ = !pieces.empty() || !board_->alerts().empty();
  }
  if (auto known = adopt_aside(now, /*with_silences=*/false); !known) {
    log_warn("alerts: " + known.error().message());
  }
  between_at_ = now;
  // A run that fails with each first batch comes no further.
  if (judge_silence(now)) keep_or_warn();
  hand_out();
  publish(now);
  const bool is_watched = std::ranges::any_of(board_->alerts(), [](const Alert& alert) {
    return alert.job && alert.job->of == JobCondition::Of::kFreshness;
  });
  if (is_watched) {
    keeper_ = start_thread(
        "freshness", [this](const std::stop_token& stop) { keep_watch(stop); },
        [](const Error& error) {
          log_error("alerts: freshness is not watched any more: " + error.message());
        });
  }
  return {};
}

bool AlertWatcher::is_to_ask(const Asked& asked, nanoseconds now) const {
  if (asked.pause.count() > 0 && now < asked.again) return false;
  // Rows of a batch that is left out are seen by nobody.
  const bool is_of_batch =
      asked.when->is_of_batch || (asked.clear_when != nullptr && asked.clear_when->is_of_batch);
  const bool must_be = asked.alert->every == 0 && is_of_batch;
  return must_be || now >= asked.not_before;
}

Result<Observation> AlertWatcher::ask(engine::WatchedBatch& batch, const Asked& asked) const {
  std::set<std::string> followed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, state] : book_.alerts().at(asked.alert->name).keys()) {
      followed.insert(key);
    }
  }
  SLUICE_ASSIGN(const auto rows, batch.rows(*asked.when));
  if (asked.clear_when == nullptr) return asked.query.read(*rows, nullptr, followed);
  SLUICE_ASSIGN(const auto cleared, batch.rows(*asked.clear_when));
  return asked.query.read(*rows, cleared.get(), followed);
}

void AlertWatcher::note_failure(Asked& asked, const Error& error) {
  asked.pause =
      asked.pause.count() == 0 ? kFailurePause : std::min(kFailurePauseMax, asked.pause * 2);
  asked.again = clock_.steady() + asked.pause;
  // What follows shows the SQL.
  const std::string message = error.message().substr(0, error.message().find('\n'));
  {
    const std::lock_guard lock(mutex_);
    std::string& known = errors_[asked.alert->name];
    if (known == message) return;
    known = message;
    is_unshown_ = true;
  }
  log_warn("alert '" + asked.alert->name + "' is not judged, its query fails: " + message +
           "; it is asked again in " + std::to_string(asked.pause.count()) + " s");
}

Result<bool> AlertWatcher::look(engine::WatchedBatch& batch) {
  look_.emplace();
  look_->batch = batch.id();
  look_->now = clock_.now();
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    Asked& asked = asked_[i];
    const auto began = clock_.steady();
    if (!is_to_ask(asked, began)) continue;
    auto seen = ask(batch, asked);
    if (!seen) {
      look_.reset();
      if (seen.error().kind() == Kind::kCancelled) return std::move(seen).error();
      note_failure(asked, seen.error());
      return false;
    }
    const auto ended = clock_.steady();
    const nanoseconds own = std::chrono::microseconds(asked.alert->every);
    const nanoseconds cost = std::min<nanoseconds>((ended - began) * kCostShare, kCostPauseMax);
    look_->not_before[i] = own.count() > 0 ? began + own : ended + cost;
    look_->seen[i] = *std::move(seen);
  }
  if (look_->seen.empty()) return true;
  std::string bytes;
  {
    const std::lock_guard lock(mutex_);
    // What was asked for before the batch counts for it.
    take_silences(look_->now);
    Book noted = book_;
    if (!apply(noted, *look_)) return true;
    bytes = noted.bytes();
  }
  SLUICE_TRY(notes_->replace(bytes));
  look_->is_noted = true;
  crash_point("alerts.noted");
  return true;
}

bool AlertWatcher::apply(Book& book, const Look& look) const {
  bool changed = false;
  for (const auto& [at, seen] : look.seen) {
    changed = book.observe(asked_[at].alert->name, seen, look.now) || changed;
  }
  return book.advance(look.now) || changed;
}

Status AlertWatcher::between(Micros now, const BatchProgress* progress) {
  between_at_ = now;
  if (follow(now, progress)) {
    keep_or_warn();
    crash_point("alerts.kept");
  }
  hand_out();
  publish(now);
  return {};
}

/// What has happened since the last time; whether there is something to keep.
bool AlertWatcher::follow(Micros now, const BatchProgress* progress) {
  const bool is_looked_at = progress != nullptr && look_ && look_->batch == progress->batch;
  const bool marked = take_deliveries(now, /*at_once=*/false);
  const std::lock_guard lock(mutex_);
  if (marked) is_unkept_ = true;
  if (is_looked_at) {
    for (const auto& [at, not_before] : look_->not_before) asked_[at].not_before = not_before;
    for (const auto& [at, seen] : look_->seen) {
      if (!seen.active.empty()) has_new_texts_ = true;
      if (std::exchange(asked_[at].pause, {}).count() > 0) {
        errors_.erase(asked_[at].alert->name);
        is_unshown_ = true;
      }
    }
    if (apply(book_, *look_)) {
      is_unshown_ = true;
      // A batch without a question may let time pass, too.
      if (!look_->is_noted) is_unkept_ = true;
    }
  }
  look_.reset();
  if (progress != nullptr) facts_->add(*progress, now, book_);
  take_silences(now);
  if (judge_job(now, progress != nullptr)) is_unkept_ = true;
  if (book_.advance(now)) is_unkept_ = true;
  return is_unkept_;
}

/// REQUIRES: mutex_ is held.
void AlertWatcher::take_silences(Micros now) {
  for (Silence& silence : board_->take_silences()) {
    if (book_.silence(std::move(silence), now)) is_unkept_ = is_unshown_ = true;
  }
}

/// REQUIRES: mutex_ is held.
bool AlertWatcher::judge_job(Micros now, bool after_batch) {
  bool changed = false;
  for (const Alert& alert : board_->alerts()) {
    // Only a batch shows that the pipeline is well again.
    if (!alert.job || (alert.job->of == JobCondition::Of::kFailed && !after_batch)) continue;
    const std::optional<Observation> seen = facts_->observe(alert, now, book_);
    if (!seen) continue;
    if (!seen->active.empty()) has_new_texts_ = true;
    changed = book_.observe(alert.name, *seen, now) || changed;
  }
  return changed;
}

/// What may hold at the start: no rows for too long, over starts that came to nothing.
bool AlertWatcher::judge_silence(Micros now) {
  using Of = JobCondition::Of;
  const std::lock_guard lock(mutex_);
  bool changed = false;
  for (const Alert& alert : board_->alerts()) {
    if (!alert.job || (alert.job->of != Of::kFreshness && alert.job->of != Of::kNoData)) continue;
    const std::optional<Observation> seen = facts_->observe(alert, now, book_);
    if (seen && book_.observe(alert.name, *seen, now)) changed = true;
  }
  if (book_.advance(now)) changed = true;
  return changed;
}

/// True: sent ones have left the book.
bool AlertWatcher::take_deliveries(Micros now, bool at_once) {
  for (const Delivery::Done& done : delivery_.take_done()) {
    finished_.insert(done.id);
    board_->count(done.receiver, done.is_sent);
  }
  std::map<std::string, std::int64_t> given_up;
  bool marked = false;
  {
    const std::lock_guard lock(mutex_);
    given_up = book_.take_given_up();
    const bool is_last = finished_.size() == book_.outgoing().size();
    if (!finished_.empty() && (at_once || is_last || is_over(marked_at_, kMarkEvery, now))) {
      marked_at_ = now;
      for (const std::string& id : finished_) handed_out_.erase(id);
      marked = book_.remove_outgoing(std::exchange(finished_, {}));
    }
  }
  for (const auto& [receiver, count] : given_up) {
    log_error("alerts: receiver " + receiver + " has " + std::to_string(kWaitingMax) +
              " notices to get; " + std::to_string(count) + " more are given up");
    for (std::int64_t i = 0; i < count; ++i) board_->count(receiver, /*is_sent=*/false);
  }
  return marked;
}

Status AlertWatcher::keep() {
  std::string bytes;
  {
    const std::lock_guard lock(mutex_);
    if (!is_unkept_) return {};
    bytes = book_.bytes();
    is_unkept_ = false;
    is_unshown_ = true;
  }
  Status kept = notes_->replace(bytes);
  if (!kept) {
    const std::lock_guard lock(mutex_);
    is_unkept_ = true;
  }
  return kept;
}

void AlertWatcher::keep_or_warn() {
  const Status kept = at_border("keep the alerts", [this] { return keep(); });
  if (kept) {
    has_warned_ = false;
    const std::lock_guard file(aside_mutex_);
    {
      const std::lock_guard lock(mutex_);
      // What was noted there meanwhile is not kept yet.
      if (is_unkept_ || !std::exchange(has_aside_, false)) return;
    }
    if (auto gone = files_.remove(aside_path_); !gone) log_warn(gone.error().message());
  } else if (!std::exchange(has_warned_, true)) {
    log_warn("alerts: their state is not kept, a restart may say something again: " +
             kept.error().message());
  }
}

void AlertWatcher::hand_out(bool aside) {
  std::vector<Outgoing> fresh;
  {
    const std::lock_guard lock(mutex_);
    for (const Outgoing& one : book_.outgoing()) {
      const auto alert = book_.alerts().find(one.notice.alert);
      if (aside && (alert == book_.alerts().end() || !is_aside(alert->second.alert()))) continue;
      if (handed_out_.insert(one.id()).second) fresh.push_back(one);
    }
  }
  for (Outgoing& one : fresh) delivery_.add(std::move(one));
}

void AlertWatcher::publish(Micros now) {
  const std::lock_guard lock(mutex_);
  const bool is_time = is_over(published_at_, kShowEvery, now);
  if (!is_unshown_ && !(has_new_texts_ && is_time)) return;
  is_unshown_ = has_new_texts_ = false;
  published_at_ = now;
  board_->publish(book_, errors_, now);
}

void AlertWatcher::resume(Micros now) {
  const std::lock_guard lock(mutex_);
  if (facts_) facts_->resume(now);
}

std::optional<Micros> AlertWatcher::next() const {
  const std::lock_guard lock(mutex_);
  std::optional<Micros> next = book_.next();
  const auto add = [&next](Micros due) { next = std::min(next.value_or(due), due); };
  for (const Alert& alert : board_->alerts()) {
    if (!alert.job) continue;
    if (const auto own = facts_->next(alert, book_)) add(*own);
  }
  if (!book_.outgoing().empty()) add(between_at_ + kVisitEvery);
  if (next) *next = std::max(*next, between_at_ + kVisitMin);
  return next;
}

void AlertWatcher::keep_watch(const std::stop_token& stop) {
  while (clock_.sleep_for(kWatchEvery, stop)) {
    const Micros now = clock_.now();
    bool changed = false;
    Status noted;
    {
      const std::lock_guard file(aside_mutex_);
      {
        const std::lock_guard lock(mutex_);
        take_silences(now);
        for (const Alert& alert : board_->alerts()) {
          if (!alert.job || alert.job->of != JobCondition::Of::kFreshness) continue;
          const std::optional<Observation> seen = facts_->observe(alert, now, book_);
          if (seen && book_.observe(alert.name, *seen, now)) changed = true;
          if (book_.advance_one(alert.name, now)) changed = true;
        }
        if (changed) is_unkept_ = is_unshown_ = true;
      }
      // The notes are the batch's, which may hang.
      if (changed) noted = note_aside();
    }
    if (!noted) log_warn("alerts: a restart may say it again: " + noted.error().message());
    if (changed) {
      crash_point("alerts.aside");
      hand_out(/*aside=*/true);
    }
    publish(now);
  }
}

}  // namespace sluice::alerts
