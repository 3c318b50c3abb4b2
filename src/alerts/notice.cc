#include "alerts/notice.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/timestamp_text.h"
#include "base/utf8_text.h"

namespace sluice::alerts {
namespace {

/// Of incidents that a notice names one by one in words.
constexpr std::size_t kNamedMax = 50;
constexpr int kNoticeVersion = 1;

Severity severity_of(const std::string& name) {
  if (name == "page") return Severity::kPage;
  return name == "info" ? Severity::kInfo : Severity::kWarn;
}

std::optional<Micros> micros_of(const OrderedJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<Micros>();
}

/// Of times people get the ISO form, and a restart the exact one.
void add_time(OrderedJson& json, const char* name, const char* exact, Micros time) {
  json[name] = iso_time_text(time);
  json[exact] = time;
}

void add_incident(OrderedJson& json, const Incident& incident) {
  json["id"] = incident.id;
  json["key"] = incident.key;
  json["text"] = incident.text;
  json["values"] = incident.values.is_object() ? incident.values : OrderedJson::object();
  add_time(json, "started", "started_us", incident.from);
  if (incident.to) add_time(json, "ended", "ended_us", *incident.to);
}

std::optional<Incident> take_incident(const OrderedJson& json) {
  const std::optional<Micros> from = micros_of(json, "started_us");
  if (!from || text_member(json, "id").empty()) return std::nullopt;
  Incident incident;
  incident.id = text_member(json, "id");
  incident.key = text_member(json, "key");
  incident.text = text_member(json, "text");
  if (const auto values = json.find("values"); values != json.end()) incident.values = *values;
  incident.from = *from;
  incident.to = micros_of(json, "ended_us");
  return incident;
}

}  // namespace

std::string on_one_line(std::string_view text) {
  std::string line = with_valid_utf8(text);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::string Notice::summary() const {
  std::string line = title.empty() ? alert : title;
  const std::int64_t count = static_cast<std::int64_t>(incidents.size()) + more;
  if (count == 1) {
    if (!first().text.empty()) line += ": " + first().text;
  } else {
    line += ": " + std::to_string(count) + " incidents";
    if (group && !group->empty()) line += " of " + *group;
  }
  return on_one_line(line);
}

std::string Notice::body() const {
  std::string text;
  for (std::size_t i = 0; i < std::min(incidents.size(), kNamedMax); ++i) {
    const Incident& one = incidents[i];
    text += on_one_line(one.text.empty() ? one.key : one.text) + "\n";
  }
  const std::size_t named = std::min(incidents.size(), kNamedMax);
  const std::int64_t unnamed = static_cast<std::int64_t>(incidents.size() - named) + more;
  if (unnamed > 0) text += "and " + std::to_string(unnamed) + " more\n";
  return text;
}

OrderedJson notice_json(const Notice& notice) {
  OrderedJson json;
  json["version"] = kNoticeVersion;
  json["notice"] = notice.id;
  json["pipeline"] = notice.pipeline;
  json["alert"] = notice.alert;
  json["state"] = notice.is_firing ? "firing" : "resolved";
  json["severity"] = severity_name(notice.severity);
  json["title"] = notice.title;
  if (!notice.help.empty()) json["help"] = notice.help;
  if (notice.repeats > 0) json["repeats"] = notice.repeats;
  if (!notice.group) {
    add_incident(json, notice.first());
    return json;
  }
  json["group"] = *notice.group;
  json["text"] = notice.summary();
  if (notice.more > 0) json["more"] = notice.more;
  json["incidents"] = OrderedJson::array();
  for (const Incident& incident : notice.incidents) {
    OrderedJson one;
    add_incident(one, incident);
    json["incidents"].push_back(std::move(one));
  }
  return json;
}

std::optional<Notice> read_notice(const OrderedJson& json) {
  if (!json.is_object()) return std::nullopt;
  Notice notice;
  notice.id = text_member(json, "notice");
  notice.pipeline = text_member(json, "pipeline");
  notice.alert = text_member(json, "alert");
  notice.title = text_member(json, "title");
  notice.help = text_member(json, "help");
  notice.severity = severity_of(text_member(json, "severity"));
  notice.is_firing = text_member(json, "state") == "firing";
  notice.repeats = static_cast<int>(micros_of(json, "repeats").value_or(0));
  const auto add = [&](const OrderedJson& one) {
    std::optional<Incident> incident = take_incident(one);
    if (!incident) return;
    incident->alert = notice.alert;
    incident->severity = notice.severity;
    notice.incidents.push_back(*std::move(incident));
  };
  if (const auto listed = json.find("incidents"); listed != json.end()) {
    notice.group = text_member(json, "group");
    notice.more = micros_of(json, "more").value_or(0);
    for (const OrderedJson& one : *listed) add(one);
  } else {
    add(json);
  }
  if (notice.id.empty() || notice.incidents.empty()) return std::nullopt;
  return notice;
}

OrderedJson incident_json(const Incident& incident) {
  OrderedJson json;
  json["alert"] = incident.alert;
  json["severity"] = severity_name(incident.severity);
  add_incident(json, incident);
  return json;
}

std::optional<Incident> read_incident(const OrderedJson& json) {
  if (!json.is_object()) return std::nullopt;
  std::optional<Incident> incident = take_incident(json);
  if (!incident) return std::nullopt;
  incident->alert = text_member(json, "alert");
  incident->severity = severity_of(text_member(json, "severity"));
  return incident;
}

}  // namespace sluice::alerts
