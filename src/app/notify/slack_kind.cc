#include "app/notify/http_receiver.h"
#include "app/notify/receiver_kinds.h"
#include "base/json.h"

namespace sluice::app {
namespace {

using alerts::Severity;

/// Slack's three characters with a meaning, which no text may bring along: <!channel> rings for
/// everybody.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

const char* color_of(const alerts::Notice& notice) {
  if (!notice.is_firing) return "#2e8540";
  switch (notice.severity) {
    case Severity::kPage:
      return "#c62828";
    case Severity::kWarn:
      return "#e6a100";
    case Severity::kInfo:
      return "#3367d6";
  }
  return "";
}

}  // namespace

std::vector<std::string> slack_bodies(const alerts::Notice& notice) {
  const std::string state =
      notice.is_firing ? notice.repeats > 0 ? "Still firing" : "Firing" : "Resolved";
  const std::string summary = state + ": " + notice.summary();
  OrderedJson body;
  body["text"] = escaped(summary);
  // Stars and underscores of a text are no formatting.
  body["mrkdwn"] = false;
  OrderedJson attachment;
  attachment["color"] = color_of(notice);
  attachment["fallback"] = escaped(summary);
  attachment["text"] = escaped(notice.body());
  attachment["fields"] = OrderedJson::array();
  const auto add = [&](const char* title, const std::string& value, bool is_short) {
    if (value.empty()) return;
    attachment["fields"].push_back(
        {{"title", title}, {"value", escaped(alerts::on_one_line(value))}, {"short", is_short}});
  };
  add("Pipeline", notice.pipeline, true);
  add("Severity", std::string(alerts::severity_name(notice.severity)), true);
  add("What to do", notice.help, false);
  attachment["ts"] = notice.first().from / 1'000'000;
  attachment["mrkdwn_in"] = OrderedJson::array();
  body["attachments"] = OrderedJson::array({attachment});
  return {dump_json(body)};
}

ReceiverKind slack_kind() {
  ReceiverKind kind;
  kind.name = "slack";
  kind.text =
      "Posts a notice as a message to an incoming webhook of Slack, or of a chat that takes the "
      "same "
      "JSON. Slack cannot recognise a notice that comes twice. Otherwise as webhook.";
  kind.options = notice_endpoint_options("The incoming webhook's URL, which is a secret.", "",
                                         /*is_url_secret=*/true);
  kind.make = [](const Options& options,
                 const connector::Context& context) -> Result<std::unique_ptr<alerts::Receiver>> {
    HttpReceiver::Settings settings;
    SLUICE_ASSIGN(settings.endpoint,
                  read_notice_endpoint(options, "a chat's URL", /*is_url_secret=*/true));
    settings.bodies = slack_bodies;
    return {std::make_unique<HttpReceiver>(std::move(settings), context.clock)};
  };
  return kind;
}

}  // namespace sluice::app
