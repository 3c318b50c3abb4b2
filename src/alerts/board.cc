#include "alerts/board.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/nearest.h"

namespace sluice::alerts {
namespace {

/// Of the keys of one alert; a page has no use for more.
constexpr std::size_t kKeysShownMax = 100;

OrderedJson millis(Micros time) { return time / 1000; }

/// As it is shown: without its row.
OrderedJson shown_incident(const Incident& incident) {
  OrderedJson json;
  json["alert"] = incident.alert;
  json["key"] = incident.key;
  json["severity"] = severity_name(incident.severity);
  json["from"] = millis(incident.from);
  json["to"] = incident.to ? millis(*incident.to) : OrderedJson(nullptr);
  json["text"] = incident.text;
  return json;
}

}  // namespace

Board::Board(std::vector<Alert> alerts) : alerts_(std::move(alerts)), book_("", alerts_) {
  for (const Alert& alert : alerts_) {
    for (const std::string& receiver : alert.to) sent_[receiver];
  }
}

OrderedJson Board::alert_json(const Alert& alert, Micros now) const {
  const AlertState& state = book_.alerts().at(alert.name);
  OrderedJson keys = OrderedJson::array();
  bool pending = false;
  bool firing = false;
  Micros since = state.changed_at();
  Micros speaks_at = book_.silenced_until(alert.name, nullptr, now);
  const bool all_silent = speaks_at > 0;
  std::string text;
  // Those that fire first.
  for (const bool fires : {true, false}) {
    for (const auto& [key, one] : state.keys()) {
      if (one.is_firing != fires) continue;
      const Micros until = book_.silenced_until(alert.name, &key, now);
      if (until > 0 && fires && !all_silent) speaks_at = std::max(speaks_at, until);
      pending = pending || !fires;
      if (fires && until == 0) {
        since = firing ? std::min(since, one.since) : one.since;
        firing = true;
      }
      if (text.empty()) text = one.text;
      if (keys.size() >= kKeysShownMax) continue;
      keys.push_back({{"key", key},
                      {"state", !fires      ? "pending"
                                : until > 0 ? "silenced"
                                            : "firing"},
                      {"since", millis(one.since)},
                      {"text", one.text}});
    }
  }
  const auto error = errors_.find(alert.name);
  OrderedJson json;
  json["id"] = alert.name;
  json["title"] = alert.shown_title();
  if (!alert.help.empty()) json["help"] = alert.help;
  json["when"] = alert.in_words();
  json["severity"] = severity_name(alert.severity);
  json["state"] = error != errors_.end() ? "error"
                  : all_silent           ? "silenced"
                  : firing               ? "firing"
                  : speaks_at > 0        ? "silenced"
                  : pending              ? "pending"
                                         : "ok";
  json["since"] = millis(since);
  if (speaks_at > 0) json["silenced_until"] = millis(speaks_at);
  json["to"] = alert.to;
  json["keys"] = std::move(keys);
  json["text"] = error != errors_.end() ? error->second : text;
  return json;
}

std::string Board::json() const {
  const std::lock_guard lock(mutex_);
  OrderedJson json;
  json["alerts"] = OrderedJson::array();
  std::vector<Incident> incidents;
  for (const Alert& alert : alerts_) {
    json["alerts"].push_back(alert_json(alert, now_));
    const AlertState& state = book_.alerts().at(alert.name);
    for (const auto& [key, one] : state.keys()) {
      if (one.is_firing) incidents.push_back(state.incident(key, one));
    }
  }
  std::ranges::copy(book_.ended(), std::back_inserter(incidents));
  std::ranges::stable_sort(incidents, std::greater<>(), &Incident::from);
  json["incidents"] = OrderedJson::array();
  for (std::size_t i = 0; i < std::min(incidents.size(), kShownMax); ++i) {
    json["incidents"].push_back(shown_incident(incidents[i]));
  }
  return dump_json(json);
}

Status Board::silence(const std::string& alert, const std::optional<std::string>& key, Micros until,
                      Micros now) {
  if (std::ranges::find(alerts_, alert, &Alert::name) == alerts_.end()) {
    std::vector<std::string> names;
    for (const Alert& one : alerts_) names.push_back(one.name);
    return user_error("there is no alert '" + alert + "'" + did_you_mean(alert, names));
  }
  const std::lock_guard lock(mutex_);
  if (asked_.size() >= kSilencesMax) return user_error("too many silences are asked for at once");
  const Silence silence{alert, key, until};
  now_ = std::max(now_, now);
  book_.silence(silence, now);
  asked_.push_back(silence);
  ++version_;
  return {};
}

std::vector<Board::Firing> Board::firing() const {
  const std::lock_guard lock(mutex_);
  std::vector<Firing> all;
  for (const Alert& alert : alerts_) {
    const auto& keys = book_.alerts().at(alert.name).keys();
    all.push_back({alert.name, alert.severity, std::ranges::count_if(keys, [](const auto& key) {
                     return key.second.is_firing;
                   })});
  }
  return all;
}

std::map<std::string, Board::Sent> Board::sent() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Sent> all = sent_;
  for (const Outgoing& one : book_.outgoing()) ++all[one.receiver].waiting;
  return all;
}

void Board::go_on_from(Board& earlier) {
  const std::vector<Silence> asked = earlier.take_silences();
  {
    const std::scoped_lock lock(mutex_, earlier.mutex_);
    for (const auto& [receiver, sent] : earlier.sent_) sent_[receiver] = sent;
    std::set<std::string> receivers;
    for (const Outgoing& one : earlier.book_.outgoing()) receivers.insert(one.receiver);
    book_ = Book("", alerts_);
    book_.read(earlier.book_.bytes(), receivers, earlier.now_);
    for (const Alert& alert : alerts_) {
      const auto error = earlier.errors_.find(alert.name);
      if (error != earlier.errors_.end()) errors_.insert(*error);
    }
    now_ = earlier.now_;
    begun_ = earlier.begun_;
  }
  for (const Silence& one : asked) {
    // Of an alert that is gone there is nothing to silence.
    static_cast<void>(silence(one.alert, one.key, one.until, 0));
  }
}

void Board::begin_anew() {
  const std::lock_guard lock(mutex_);
  begun_ = 0;
}

Micros Board::begin(Micros now) {
  const std::lock_guard lock(mutex_);
  begun_ = begun_ == 0 ? now : std::min(begun_, now);
  return begun_;
}

std::vector<Silence> Board::silences() const {
  const std::lock_guard lock(mutex_);
  return book_.silences();
}

std::vector<Silence> Board::take_silences() {
  const std::lock_guard lock(mutex_);
  return std::exchange(asked_, {});
}

void Board::publish(const Book& book, const std::map<std::string, std::string>& errors,
                    Micros now) {
  Book copy = book;
  const std::lock_guard lock(mutex_);
  std::swap(book_, copy);
  // What was asked for meanwhile is not in it yet.
  for (const Silence& silence : asked_) book_.silence(silence, now);
  errors_ = errors;
  now_ = now;
  ++version_;
}

void Board::add_failures(const Book& book, Micros now) {
  const std::lock_guard lock(mutex_);
  for (const Alert& alert : alerts_) {
    if (alert.job && alert.job->of == JobCondition::Of::kFailed) book_.adopt(book, alert.name);
  }
  book_.take_silences_of(book);
  now_ = now;
  ++version_;
}

void Board::count(const std::string& receiver, bool is_sent) {
  const std::lock_guard lock(mutex_);
  Sent& sent = sent_[receiver];
  ++(is_sent ? sent.sent : sent.given_up);
}

}  // namespace sluice::alerts
