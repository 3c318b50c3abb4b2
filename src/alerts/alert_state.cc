#include "alerts/alert_state.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <xxhash.h>

namespace sluice::alerts {
namespace {

/// Keys that wait for clear_when are asked for it each time; nothing is waited for.
bool needs_clearing(const Alert& alert) { return !alert.clear_when.text.empty(); }

template <class T>
T value_of(const OrderedJson& json, const char* name, T otherwise) {
  const auto found = json.find(name);
  if (found == json.end()) return otherwise;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->is_string() ? found->template get<T>() : otherwise;
  } else if constexpr (std::is_same_v<T, bool>) {
    return found->is_boolean() ? found->template get<T>() : otherwise;
  } else {
    return found->is_number_integer() ? found->template get<T>() : otherwise;
  }
}

}  // namespace

std::string id_of(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += std::to_string(text.size()) + ":" + text;
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  constexpr std::array<char, 17> kDigits = {"0123456789abcdef"};
  std::string id;
  for (const std::uint64_t half : {hash.high64, hash.low64}) {
    for (int shift = 60; shift >= 0; shift -= 4) id += kDigits.at((half >> shift) & 15U);
  }
  return id;
}

bool AlertState::is_firing(const std::string& key) const {
  const auto found = keys_.find(key);
  return found != keys_.end() && found->second.is_firing;
}

Incident AlertState::incident(const std::string& key, const KeyState& state) const {
  return {.id = state.id,
          .alert = alert_->name,
          .key = key,
          .severity = alert_->severity,
          .text = state.text,
          .values = state.values,
          .from = state.since};
}

Ended AlertState::ended(const std::string& key, const KeyState& state, Micros now) const {
  Ended made{incident(key, state), state.group, state.told};
  made.incident.to = now;
  return made;
}

bool AlertState::begin_to_fire(const std::string& key, KeyState& state, Micros now) {
  state.is_firing = true;
  state.since = changed_at_ = now;
  const std::string mark = state.anchor.empty() ? std::to_string(now) : state.anchor;
  state.id = id_of({pipeline_, alert_->name, key, mark});
  return true;
}

bool AlertState::activate(const ActiveKey& active, Micros now) {
  auto [at, is_new] = keys_.try_emplace(active.key);
  KeyState& state = at->second;
  bool changed = is_new || !state.is_active;
  if (is_new) {
    state.since = changed_at_ = now;
    state.anchor = active.anchor;
    state.group = active.group;
  }
  state.is_active = true;
  state.last_active = now;
  state.text = active.text;
  state.values = active.values;
  if (!state.is_firing && now - state.since >= alert_->for_us) {
    changed = begin_to_fire(active.key, state, now);
  }
  return changed;
}

bool AlertState::observe(const Observation& seen, Micros now, std::vector<Ended>& ended_ones) {
  is_looked_at_ = true;
  bool changed = false;
  std::set<std::string> active;
  std::int64_t others = seen.others;
  for (const ActiveKey& one : seen.active) {
    if (!keys_.contains(one.key) && keys_.size() >= kKeysMax) {
      ++others;
      continue;
    }
    active.insert(one.key);
    changed = activate(one, now) || changed;
  }
  if (others > 0) {
    ActiveKey rest;
    rest.key = kOtherKeys;
    rest.text = std::to_string(others) + " more keys";
    rest.values = {{"keys", others}};
    active.insert(rest.key);
    changed = activate(rest, now) || changed;
  }
  for (auto at = keys_.begin(); at != keys_.end();) {
    const std::string& key = at->first;
    KeyState& state = at->second;
    if (active.contains(key)) {
      ++at;
      continue;
    }
    if (seen.is_cut) {
      // It may be among the rows that were not read.
      ++at;
      continue;
    }
    const bool held = state.is_firing && needs_clearing(*alert_) && key != kOtherKeys &&
                      !(seen.cleared && seen.cleared->contains(key));
    if (held) {
      // It counts as if the condition still held: that is what the second one is for.
      state.last_active = now;
      ++at;
      continue;
    }
    changed = changed || state.is_active;
    state.is_active = false;
    if (state.is_firing && goes_on(state, now)) {
      ++at;
      continue;
    }
    if (state.is_firing) ended_ones.push_back(ended(key, state, now));
    changed_at_ = now;
    changed = true;
    at = keys_.erase(at);
  }
  return changed;
}

bool AlertState::goes_on(const KeyState& state, Micros now) const {
  return now - state.last_active < alert_->keep_firing;
}

bool AlertState::advance(Micros now, std::vector<Ended>& ended_ones) {
  if (!is_looked_at_) return false;
  bool changed = false;
  for (auto at = keys_.begin(); at != keys_.end();) {
    KeyState& state = at->second;
    if (!state.is_firing && state.is_active && now - state.since >= alert_->for_us) {
      changed = begin_to_fire(at->first, state, now);
    }
    if (!state.is_firing || state.is_active || goes_on(state, now)) {
      ++at;
      continue;
    }
    ended_ones.push_back(ended(at->first, state, now));
    changed_at_ = now;
    changed = true;
    at = keys_.erase(at);
  }
  return changed;
}

std::optional<Micros> AlertState::next() const {
  std::optional<Micros> next;
  if (!is_looked_at_) return next;
  for (const auto& [key, state] : keys_) {
    Micros due = 0;
    if (!state.is_firing) {
      due = state.since + alert_->for_us;
    } else if (!state.is_active) {
      due = state.last_active + alert_->keep_firing;
    } else {
      continue;
    }
    next = std::min(next.value_or(due), due);
  }
  return next;
}

void AlertState::set_back(Micros now) {
  changed_at_ = std::min(changed_at_, now);
  for (auto& [key, state] : keys_) {
    // When an incident began stays as it was said.
    if (!state.is_firing) state.since = std::min(state.since, now);
    state.last_active = std::min(state.last_active, now);
    state.said_at = std::min(state.said_at, now);
  }
}

void AlertState::end(Micros now, std::vector<Ended>& ended_ones) {
  for (const auto& [key, state] : keys_) {
    if (state.is_firing) ended_ones.push_back(ended(key, state, now));
  }
  if (!keys_.empty()) changed_at_ = now;
  keys_.clear();
}

OrderedJson AlertState::to_json() const {
  OrderedJson json;
  json["changed"] = changed_at_;
  json["keys"] = OrderedJson::array();
  for (const auto& [key, state] : keys_) {
    OrderedJson one;
    one["key"] = key;
    one["firing"] = state.is_firing;
    one["active"] = state.is_active;
    one["since"] = state.since;
    one["last"] = state.last_active;
    one["id"] = state.id;
    one["text"] = state.text;
    one["values"] = state.values;
    one["group"] = state.group;
    one["anchor"] = state.anchor;
    one["said"] = state.said;
    one["said_at"] = state.said_at;
    one["told"] = state.told;
    json["keys"].push_back(std::move(one));
  }
  return json;
}

void AlertState::read(const OrderedJson& json) {
  if (!json.is_object()) return;
  changed_at_ = value_of<Micros>(json, "changed", 0);
  const auto keys = json.find("keys");
  if (keys == json.end() || !keys->is_array()) return;
  for (const OrderedJson& one : *keys) {
    if (!one.is_object()) continue;
    KeyState state;
    state.is_firing = value_of(one, "firing", false);
    state.is_active = value_of(one, "active", true);
    state.since = value_of<Micros>(one, "since", 0);
    state.last_active = value_of<Micros>(one, "last", 0);
    state.id = value_of<std::string>(one, "id", "");
    state.text = value_of<std::string>(one, "text", "");
    if (const auto values = one.find("values"); values != one.end()) state.values = *values;
    state.group = value_of<std::string>(one, "group", "");
    state.anchor = value_of<std::string>(one, "anchor", "");
    state.said = value_of(one, "said", 0);
    state.said_at = value_of<Micros>(one, "said_at", 0);
    if (const auto told = one.find("told"); told != one.end() && told->is_array()) {
      for (const OrderedJson& name : *told) {
        if (name.is_string()) state.told.insert(name.get<std::string>());
      }
    }
    keys_[value_of<std::string>(one, "key", "")] = std::move(state);
  }
}

}  // namespace sluice::alerts
