#include "alerts/book.h"

#include <algorithm>
#include <utility>

#include "alerts/row_texts.h"
#include "base/json.h"

namespace sluice::alerts {
namespace {

/// Of the incidents of one notice; those beyond are said without their rows.
constexpr std::size_t kGatheredBytesMax = 256UL * 1024;
/// Of what waits for one receiver; as kWaitingMax.
constexpr std::size_t kWaitingBytesMax = 4UL * 1024 * 1024;
constexpr std::size_t kShortTextMax = 200;

std::size_t bytes_of(const Incident& incident) {
  constexpr std::size_t kRest = 150;
  return kRest + incident.key.size() + incident.text.size() + dump_json(incident.values).size();
}

void make_short(Incident& incident) {
  incident.values = OrderedJson::object();
  incident.text = cut(std::move(incident.text), kShortTextMax);
}

}  // namespace

Book::Book(std::string pipeline, const std::vector<Alert>& alerts)
    : pipeline_(std::move(pipeline)) {
  for (const Alert& alert : alerts) states_.emplace(alert.name, AlertState(pipeline_, alert));
}

void Book::adopt(const Book& other, const std::string& alert) {
  for (const auto& [key, state] : other.states_.at(alert).keys()) {
    if (std::ranges::find(ended_, state.id, &Incident::id) != ended_.end()) continue;
    states_.at(alert).keys().try_emplace(key, state);
  }
  for (const Outgoing& one : other.outgoing_) {
    const auto same = [&one](const Outgoing& own) { return own.id() == one.id(); };
    if (one.notice.alert == alert && std::ranges::none_of(outgoing_, same)) {
      outgoing_.push_back(one);
    }
  }
}

bool Book::observe(const std::string& alert, const Observation& seen, Micros now) {
  set_back(now);
  AlertState& state = states_.at(alert);
  std::vector<Ended> ended;
  const bool changed = state.observe(seen, now, ended);
  take(state.alert(), std::move(ended), now);
  return changed;
}

bool Book::advance(Micros now) {
  set_back(now);
  bool changed =
      std::erase_if(silences_, [now](const Silence& one) { return one.until <= now; }) > 0;
  for (auto& [name, state] : states_) changed = advance_state(state, now) || changed;
  return send_what_is_due(now) || changed;
}

bool Book::advance_one(const std::string& alert, Micros now) {
  set_back(now);
  const bool changed = advance_state(states_.at(alert), now);
  return send_what_is_due(now) || changed;
}

bool Book::advance_state(AlertState& state, Micros now) {
  std::vector<Ended> ended;
  const bool changed = state.advance(now, ended);
  take(state.alert(), std::move(ended), now);
  return say_what_fires(state, now) || changed;
}

std::optional<Micros> Book::next() const {
  std::optional<Micros> next;
  const auto add = [&next](Micros due) { next = std::min(next.value_or(due), due); };
  for (const auto& [name, state] : states_) {
    if (const auto own = state.next()) add(*own);
    if (state.alert().repeat <= 0) continue;
    for (const auto& [key, one] : state.keys()) {
      if (one.is_firing && one.said > 0) add(one.said_at + state.alert().repeat);
    }
  }
  for (const Gathering& gathering : gatherings_) add(gathering.due);
  for (const Silence& one : silences_) add(one.until);
  return next;
}

void Book::take(const Alert& alert, std::vector<Ended> ended, Micros now) {
  for (Ended& one : ended) {
    // What was said to have begun is also said to have ended, silence or not.
    if (!one.told.empty() && alert.tells_resolved) {
      gather(alert, {.group = one.group,
                     .is_firing = false,
                     .due = now,
                     .to = std::move(one.told),
                     .incidents = {one.incident}});
    }
    remember(std::move(one.incident));
  }
}

void Book::remember(Incident incident) {
  ended_.push_front(std::move(incident));
  if (ended_.size() > kHistoryMax) ended_.pop_back();
}

bool Book::say_what_fires(AlertState& state, Micros now) {
  const Alert& alert = state.alert();
  const std::set<std::string> to(alert.to.begin(), alert.to.end());
  bool changed = false;
  for (auto& [key, one] : state.keys()) {
    if (!one.is_firing) continue;
    const bool is_again = one.said > 0;
    if (is_again && (alert.repeat <= 0 || now - one.said_at < alert.repeat)) continue;
    if (silenced_until(alert.name, &key, now) > 0) {
      // Once it may speak again it goes on in its rhythm.
      if (is_again) one.said_at = now;
      continue;
    }
    gather(alert, {.group = one.group,
                   .is_firing = true,
                   .repeats = one.said,
                   .due = now,
                   .to = to,
                   .incidents = {state.incident(key, one)}});
    ++one.said;
    one.said_at = now;
    one.told.insert(to.begin(), to.end());
    changed = true;
  }
  return changed;
}

/// `one`: with one incident, due at once.
void Book::gather(const Alert& alert, Gathering one) {
  one.alert = alert.name;
  if (!alert.group_by) one.group = one.incidents.front().key;
  Incident& incident = one.incidents.front();
  const auto same = std::ranges::find_if(gatherings_, [&](const Gathering& other) {
    return other.alert == one.alert && other.group == one.group &&
           other.is_firing == one.is_firing && other.to == one.to;
  });
  if (same == gatherings_.end()) {
    if (alert.group_by) one.due += alert.group_wait;
    one.bytes = bytes_of(incident);
    gatherings_.push_back(std::move(one));
    return;
  }
  same->repeats = std::min(same->repeats, one.repeats);
  if (same->incidents.size() >= kGatheredMax) {
    ++same->more;
    return;
  }
  if (same->bytes + bytes_of(incident) > kGatheredBytesMax) make_short(incident);
  same->bytes += bytes_of(incident);
  same->incidents.push_back(std::move(incident));
}

bool Book::send_what_is_due(Micros now) {
  // In their order: an incident that has begun and ended meanwhile is said to have begun first.
  std::vector<Gathering> due;
  for (Gathering& gathering : gatherings_) {
    if (gathering.due <= now) due.push_back(std::move(gathering));
  }
  if (due.empty()) return false;
  std::erase_if(gatherings_, [now](const Gathering& one) { return one.due <= now; });
  for (const Gathering& gathering : due) {
    const auto state = states_.find(gathering.alert);
    if (state != states_.end()) send(state->second.alert(), gathering, now);
  }
  return true;
}

void Book::send(const Alert& alert, const Gathering& gathering, Micros now) {
  Notice notice;
  notice.pipeline = pipeline_;
  notice.alert = alert.name;
  notice.title = alert.shown_title();
  notice.help = alert.help;
  notice.severity = alert.severity;
  notice.is_firing = gathering.is_firing;
  notice.repeats = gathering.repeats;
  if (alert.group_by) notice.group = gathering.group;
  notice.incidents = gathering.incidents;
  notice.more = gathering.more;
  std::vector<std::string> ids;
  for (const Incident& incident : notice.incidents) ids.push_back(incident.id);
  notice.id =
      (ids.size() == 1 ? ids.front() : id_of(ids)) + (notice.is_firing ? "/firing" : "/resolved");
  if (notice.repeats > 0) notice.id += "/" + std::to_string(notice.repeats);
  for (const std::string& receiver : gathering.to) {
    if (add_outgoing({receiver, notice, now, gathering.bytes})) continue;
    ++given_up_[receiver];
    not_told(notice, receiver);
  }
}

/// False: too much waits for the receiver.
bool Book::add_outgoing(const Outgoing& one) {
  std::size_t waiting = 0;
  std::size_t bytes = one.bytes;
  for (const Outgoing& other : outgoing_) {
    if (other.receiver != one.receiver) continue;
    ++waiting;
    bytes += other.bytes;
  }
  const bool is_much = waiting >= kWaitingMax || bytes > kWaitingBytesMax;
  // Whoever has heard that it began hears that it is over: there are no more of these than
  // there is room for beginnings.
  if (is_much && one.notice.is_firing) return false;
  outgoing_.push_back(one);
  if (is_much) std::ranges::for_each(outgoing_.back().notice.incidents, make_short);
  return true;
}

/// The receiver does not hear of the beginning, so it need not of the end.
void Book::not_told(const Notice& notice, const std::string& receiver) {
  const auto state = states_.find(notice.alert);
  if (!notice.is_firing || notice.repeats > 0 || state == states_.end()) return;
  for (const Incident& incident : notice.incidents) {
    const auto key = state->second.keys().find(incident.key);
    if (key != state->second.keys().end() && key->second.id == incident.id) {
      key->second.told.erase(receiver);
    }
  }
}

/// The clock may have been set back: nothing waits for a time that it has already shown.
void Book::set_back(Micros now) {
  if (now < latest_) {
    for (auto& [name, state] : states_) state.set_back(now);
    for (Gathering& one : gatherings_) one.due = std::min(one.due, now);
    for (auto& [source, time] : rows_at_) time = std::min(time, now);
  }
  latest_ = now;
}

bool Book::remove_outgoing(const std::set<std::string>& ids) {
  return std::erase_if(outgoing_, [&](const Outgoing& one) { return ids.contains(one.id()); }) > 0;
}

bool Book::silence(Silence silence, Micros now) {
  std::erase_if(silences_, [&](const Silence& one) {
    // The end of an alert's silence is that of its keys', too.
    const bool is_same = one.key == silence.key || (!silence.key && silence.until <= now);
    return one.alert == silence.alert && is_same;
  });
  if (silence.until > now && silences_.size() < kSilencesMax) {
    silences_.push_back(std::move(silence));
  }
  return true;
}

Micros Book::silenced_until(const std::string& alert, const std::string* key, Micros now) const {
  Micros until = 0;
  for (const Silence& one : silences_) {
    if (one.alert != alert || one.until <= now) continue;
    if (!one.key || (key != nullptr && *one.key == *key)) until = std::max(until, one.until);
  }
  return until;
}

Micros Book::rows_at(const std::string& source) const {
  const auto found = rows_at_.find(source);
  return found == rows_at_.end() ? 0 : found->second;
}

}  // namespace sluice::alerts
