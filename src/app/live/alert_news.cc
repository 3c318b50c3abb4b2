#include "app/live/alert_news.h"

#include <set>
#include <utility>

namespace sluice::app {
namespace {

std::string text_of(const OrderedJson& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string name_of(const OrderedJson& incident) {
  return text_of(incident, "alert") + "\n" + text_of(incident, "key") + "\n" +
         dump_json(incident["from"]);
}

}  // namespace

std::vector<std::string> AlertNews::take(const HostedPipeline& pipeline) {
  std::vector<std::string> events;
  const std::int64_t version = pipeline.alerts_version();
  if (version == version_) return events;
  version_ = version;
  const OrderedJson json = parse_ordered_json(pipeline.alerts_json());
  std::map<std::string, OrderedJson> alerts;
  std::map<std::string, std::string> alert_texts;
  std::set<std::string> changed;
  for (const OrderedJson& alert : json["alerts"]) {
    const std::string id = text_of(alert, "id");
    alert_texts[id] = dump_json(alert);
    if (alerts_[id] != alert_texts[id]) changed.insert(id);
    alerts[id] = alert;
  }
  std::map<std::string, std::string> incident_texts;
  const auto add = [&](const std::string& id, const OrderedJson* incident) {
    OrderedJson event = {{"pipeline", pipeline.name()}};
    // With the first incident only: it may have many keys.
    if (changed.erase(id) > 0) event["alert"] = alerts[id];
    if (incident != nullptr) event["incident"] = *incident;
    events.push_back(dump_json(event));
  };
  // Oldest first: who listens puts new ones in front.
  for (auto at = json["incidents"].rbegin(); at != json["incidents"].rend(); ++at) {
    const std::string name = name_of(*at);
    incident_texts[name] = dump_json(*at);
    if (incidents_[name] == incident_texts[name]) continue;
    const std::string id = text_of(*at, "alert");
    if (!alerts.contains(id)) continue;
    add(id, &*at);
  }
  for (const std::string& id : std::set<std::string>(changed)) add(id, nullptr);
  alerts_ = std::move(alert_texts);
  incidents_ = std::move(incident_texts);
  return events;
}

void add_alerts(OrderedJson& json, const std::string& alerts) {
  OrderedJson parts = parse_ordered_json(alerts);
  for (const char* name : {"alerts", "incidents"}) {
    json[name] = parts.contains(name) ? std::move(parts[name]) : OrderedJson::array();
  }
}

}  // namespace sluice::app
