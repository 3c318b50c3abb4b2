#include "app/notify/http_receiver.h"
#include "app/notify/receiver_kinds.h"
#include "base/json.h"
#include "base/timestamp_text.h"
#include "base/utf8_text.h"

namespace sluice::app {
namespace {

using alerts::Severity;

/// PagerDuty's limit of a summary.
constexpr std::size_t kSummaryBytesMax = 1024;

const char* severity_of(Severity severity) {
  switch (severity) {
    case Severity::kPage:
      return "critical";
    case Severity::kWarn:
      return "warning";
    case Severity::kInfo:
      return "info";
  }
  return "";
}

std::string event(const alerts::Notice& notice, const alerts::Incident& incident,
                  const Secret& routing_key) {
  OrderedJson body;
  body["routing_key"] = routing_key.reveal();
  body["event_action"] = notice.is_firing ? "trigger" : "resolve";
  body["dedup_key"] = incident.id;
  if (!notice.is_firing) return dump_json(body);
  std::string summary = notice.title + (incident.text.empty() ? "" : ": " + incident.text);
  summary = alerts::on_one_line(summary);
  if (summary.size() > kSummaryBytesMax) {
    summary.resize(kSummaryBytesMax);
    summary.resize(valid_utf8_bytes(summary));
  }
  body["payload"] = {{"summary", summary},
                     {"source", notice.pipeline},
                     {"severity", severity_of(notice.severity)},
                     {"timestamp", iso_time_text(incident.from)},
                     {"component", notice.alert}};
  if (notice.group && !notice.group->empty()) body["payload"]["group"] = *notice.group;
  OrderedJson details = incident.values.is_object() ? incident.values : OrderedJson::object();
  if (!incident.key.empty()) details["key"] = incident.key;
  if (!notice.help.empty()) details["help"] = notice.help;
  body["payload"]["custom_details"] = details;
  body["client"] = "sluice";
  return dump_json(body);
}

}  // namespace

std::vector<std::string> pagerduty_bodies(const alerts::Notice& notice, const Secret& routing_key) {
  std::vector<std::string> bodies;
  for (const alerts::Incident& incident : notice.incidents) {
    bodies.push_back(event(notice, incident, routing_key));
  }
  return bodies;
}

ReceiverKind pagerduty_kind() {
  ReceiverKind kind;
  kind.name = "pagerduty";
  kind.text =
      "Sends incidents to PagerDuty's Events API v2, or to what takes the same JSON, and resolves "
      "them: one event an incident, whose dedup_key stays the same. Otherwise as webhook.";
  kind.options = {{.name = "routing_key",
                   .type = OptionType::kSecret,
                   .text = "The integration's key.",
                   .required = true,
                   .example = "\"${file:/run/secrets/pagerduty}\""}};
  for (OptionSpec& spec : notice_endpoint_options("Where events are posted.",
                                                  "https://events.pagerduty.com/v2/enqueue",
                                                  /*is_url_secret=*/false)) {
    kind.options.push_back(std::move(spec));
  }
  kind.make = [](const Options& options,
                 const connector::Context& context) -> Result<std::unique_ptr<alerts::Receiver>> {
    HttpReceiver::Settings settings;
    SLUICE_ASSIGN(settings.endpoint,
                  read_notice_endpoint(options, "the routing_key", /*is_url_secret=*/false));
    settings.in_body = options.secret("routing_key");
    settings.bodies = [key = settings.in_body](const alerts::Notice& notice) {
      return pagerduty_bodies(notice, key);
    };
    return {std::make_unique<HttpReceiver>(std::move(settings), context.clock)};
  };
  return kind;
}

}  // namespace sluice::app
