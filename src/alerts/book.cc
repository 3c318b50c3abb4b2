#include "alerts/book.h"

#include <algorithm>
#include <utility>

namespace sluice::alerts {

Book::Book(std::string pipeline, const std::vector<Alert>& alerts)
    : pipeline_(std::move(pipeline)), alerts_(&alerts) {
  for (const Alert& alert : alerts) states_.emplace(alert.name, AlertState(pipeline_, alert));
}

void Book::adopt(const Book& other, const std::string& alert) {
  for (const auto& [key, state] : other.states_.at(alert).keys()) {
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
  AlertState& state = states_.at(alert);
  std::vector<Ended> ended;
  const bool changed = state.observe(seen, now, ended);
  take(state.alert(), std::move(ended), now);
  return changed;
}

bool Book::advance(Micros now) {
  bool changed =
      std::erase_if(silences_, [now](const Silence& one) { return one.until <= now; }) > 0;
  for (auto& [name, state] : states_) changed = advance_state(state, now) || changed;
  return send_what_is_due(now) || changed;
}

bool Book::advance_one(const std::string& alert, Micros now) {
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
    if (one.was_said && alert.tells_resolved) {
      gather(alert, one.incident, one.group, /*is_firing=*/false, /*repeats=*/0, now);
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
    gather(alert, state.incident(key, one), one.group, /*is_firing=*/true, one.said, now);
    ++one.said;
    one.said_at = now;
    changed = true;
  }
  return changed;
}

void Book::gather(const Alert& alert, const Incident& incident, const std::string& group,
                  bool is_firing, int repeats, Micros now) {
  const std::string own = alert.group_by ? group : incident.key;
  const auto same = std::ranges::find_if(gatherings_, [&](const Gathering& other) {
    return other.alert == alert.name && other.group == own && other.is_firing == is_firing;
  });
  if (same != gatherings_.end()) {
    same->incidents.push_back(incident);
    same->repeats = std::min(same->repeats, repeats);
    return;
  }
  const Micros wait = alert.group_by ? alert.group_wait : 0;
  gatherings_.push_back({alert.name, own, is_firing, repeats, now + wait, {incident}});
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
    if (state != states_.end()) send(state->second.alert(), gathering);
  }
  return true;
}

void Book::send(const Alert& alert, const Gathering& gathering) {
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
  std::vector<std::string> ids;
  for (const Incident& incident : notice.incidents) ids.push_back(incident.id);
  notice.id =
      (ids.size() == 1 ? ids.front() : id_of(ids)) + (notice.is_firing ? "/firing" : "/resolved");
  if (notice.repeats > 0) notice.id += "/" + std::to_string(notice.repeats);
  for (const std::string& receiver : alert.to) add_outgoing(receiver, notice);
}

void Book::add_outgoing(const std::string& receiver, const Notice& notice) {
  const auto waiting = std::ranges::count(outgoing_, receiver, &Outgoing::receiver);
  if (static_cast<std::size_t>(waiting) >= kWaitingMax) {
    ++given_up_[receiver];
    return;
  }
  outgoing_.push_back({receiver, notice});
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
