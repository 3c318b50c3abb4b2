// A book as bytes, and back: see book.h.
#include <algorithm>
#include <utility>

#include "alerts/book.h"
#include "base/json.h"
#include "base/log.h"

namespace sluice::alerts {
namespace {

/// Of the bytes; those of another version are not read.
constexpr int kBookVersion = 1;

const OrderedJson& part(const OrderedJson& json, const char* name) {
  static const OrderedJson kNothing = OrderedJson::array();
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found == json.end() ? kNothing : *found;
}

std::int64_t number_of(const OrderedJson& json, const char* name) {
  const OrderedJson& found = part(json, name);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}

std::set<std::string> names_of(const OrderedJson& json, const char* name) {
  std::set<std::string> names;
  for (const OrderedJson& one : part(json, name)) {
    if (one.is_string()) names.insert(one.get<std::string>());
  }
  return names;
}

bool flag_of(const OrderedJson& json, const char* name) {
  const OrderedJson& found = part(json, name);
  return found.is_boolean() && found.get<bool>();
}

}  // namespace

std::string Book::bytes() const {
  OrderedJson json;
  json["version"] = kBookVersion;
  json["alerts"] = OrderedJson::object();
  for (const auto& [name, state] : states_) {
    if (state.keys().empty() && state.changed_at() == 0) continue;
    OrderedJson one = state.to_json();
    // For a run whose file no longer has the alert.
    one["title"] = state.alert().shown_title();
    one["severity"] = severity_name(state.alert().severity);
    one["to"] = state.alert().to;
    one["resolved"] = state.alert().tells_resolved;
    one["grouped"] = state.alert().group_by.has_value();
    if (!state.alert().help.empty()) one["help"] = state.alert().help;
    json["alerts"][name] = std::move(one);
  }
  json["ended"] = OrderedJson::array();
  for (const Incident& incident : ended_) json["ended"].push_back(incident_json(incident));
  json["gathered"] = OrderedJson::array();
  for (const Gathering& gathering : gatherings_) {
    OrderedJson incidents = OrderedJson::array();
    for (const Incident& one : gathering.incidents) incidents.push_back(incident_json(one));
    json["gathered"].push_back({{"alert", gathering.alert},
                                {"group", gathering.group},
                                {"firing", gathering.is_firing},
                                {"repeats", gathering.repeats},
                                {"due", gathering.due},
                                {"to", gathering.to},
                                {"more", gathering.more},
                                {"bytes", gathering.bytes},
                                {"incidents", std::move(incidents)}});
  }
  json["outgoing"] = OrderedJson::array();
  for (const Outgoing& one : outgoing_) {
    json["outgoing"].push_back({{"receiver", one.receiver},
                                {"made", one.made},
                                {"bytes", one.bytes},
                                {"notice", notice_json(one.notice)}});
  }
  json["silences"] = OrderedJson::array();
  for (const Silence& one : silences_) {
    OrderedJson silence = {{"alert", one.alert}, {"until", one.until}};
    if (one.key) silence["key"] = *one.key;
    json["silences"].push_back(std::move(silence));
  }
  json["rows_at"] = rows_at_;
  return dump_json(json);
}

void Book::read(std::string_view bytes, const std::set<std::string>& receivers, Micros now) {
  const OrderedJson json = parse_ordered_json(bytes);
  if (!json.is_object() || number_of(json, "version") != kBookVersion) {
    if (!bytes.empty()) log_warn("alerts: what the checkpoint keeps of them is not understood");
    return;
  }
  for (const OrderedJson& one : part(json, "ended")) {
    if (auto incident = read_incident(one)) ended_.push_back(*std::move(incident));
  }
  for (const OrderedJson& one : part(json, "gathered")) {
    Gathering gathering{.alert = text_member(one, "alert"),
                        .group = text_member(one, "group"),
                        .is_firing = flag_of(one, "firing"),
                        .repeats = static_cast<int>(number_of(one, "repeats")),
                        .due = number_of(one, "due"),
                        .to = names_of(one, "to"),
                        .incidents = {},
                        .more = number_of(one, "more"),
                        .bytes = static_cast<std::size_t>(number_of(one, "bytes"))};
    for (const OrderedJson& incident : part(one, "incidents")) {
      if (auto read = read_incident(incident)) gathering.incidents.push_back(*std::move(read));
    }
    if (!gathering.incidents.empty()) gatherings_.push_back(std::move(gathering));
  }
  for (const OrderedJson& one : part(json, "outgoing")) {
    auto notice = read_notice(part(one, "notice"));
    const std::string receiver = text_member(one, "receiver");
    if (!notice) continue;
    if (!receivers.contains(receiver)) {
      log_warn("alerts: a notice of " + notice->alert + " is given up: there is no receiver '" +
               receiver + "' any more");
      continue;
    }
    outgoing_.push_back({receiver, *std::move(notice), std::min(number_of(one, "made"), now),
                         static_cast<std::size_t>(number_of(one, "bytes"))});
  }
  for (const OrderedJson& one : part(json, "silences")) {
    Silence silence{text_member(one, "alert"), std::nullopt, number_of(one, "until")};
    if (one.contains("key")) silence.key = text_member(one, "key");
    silences_.push_back(std::move(silence));
  }
  const OrderedJson& rows = part(json, "rows_at");
  for (const auto& [source, time] : rows.items()) {
    if (time.is_number_integer()) rows_at_[source] = std::min(time.get<Micros>(), now);
  }
  const OrderedJson& alerts = part(json, "alerts");
  for (const auto& [name, one] : alerts.items()) {
    if (const auto state = states_.find(name); state != states_.end()) {
      state->second.read(one);
    } else {
      end_removed(name, one, now);
    }
  }
  // The clock may have been set back since.
  for (auto& [name, state] : states_) state.set_back(now);
  latest_ = now;
  std::erase_if(outgoing_, [&](const Outgoing& one) { return !receivers.contains(one.receiver); });
}

void Book::end_removed(const std::string& name, const OrderedJson& json, Micros now) {
  Alert removed;
  removed.name = name;
  removed.title = text_member(json, "title");
  removed.tells_resolved = flag_of(json, "resolved");
  const std::string severity = text_member(json, "severity");
  if (severity == "page") removed.severity = Severity::kPage;
  if (severity == "info") removed.severity = Severity::kInfo;
  removed.help = text_member(json, "help");
  if (flag_of(json, "grouped")) removed.group_by.emplace();
  AlertState state(pipeline_, removed);
  state.read(json);
  std::vector<Ended> ended;
  state.end(now, ended);
  for (const Gathering& one : gatherings_) {
    if (one.alert == name) send(removed, one, now);
  }
  std::erase_if(gatherings_, [&name](const Gathering& one) { return one.alert == name; });
  for (Ended& one : ended) {
    if (!one.told.empty() && removed.tells_resolved) {
      const std::string group = removed.group_by ? one.group : one.incident.key;
      send(removed,
           {.alert = name,
            .group = group,
            .is_firing = false,
            .due = now,
            .to = one.told,
            .incidents = {one.incident}},
           now);
    }
    remember(std::move(one.incident));
  }
}

}  // namespace sluice::alerts
