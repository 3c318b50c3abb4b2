#pragma once

#include <functional>
#include <string>
#include <vector>

#include "alerts/receiver.h"
#include "base/clock.h"
#include "base/options.h"
#include "connectors/http/endpoint.h"
#include "io/http_client.h"

namespace sluice::app {

/// Sends notices as JSON to a URL.
class HttpReceiver final : public alerts::Receiver {
 public:
  /// The bodies that a notice becomes, one request each, and never none.
  using MakeBodies = std::function<std::vector<std::string>(const alerts::Notice&)>;

  struct Settings {
    connectors::http::Endpoint endpoint;
    std::string key_header;  ///< with the notice's id; "": none
    MakeBodies bodies;
    Secret in_body{};  ///< a secret that bodies have, and that no message shows
  };

  /// `clock` outlives it.
  HttpReceiver(Settings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock), client_(settings_.endpoint.settings) {}

  Sent send(const alerts::Notice& notice, const std::stop_token& stop) override;

 private:
  Sent send_body(const std::string& id, std::string body, const std::stop_token& stop);

  const Settings settings_;
  const Clock& clock_;
  io::HttpClient client_;
  std::string notice_;  // that was taken in part
  int taken_ = 0;       // bodies of it
};

/// The options of connectors/http's endpoints, with time-outs that suit a notice. `url_default`
/// "": none; `is_url_secret`: the URL is a secret, as those of chats are.
std::vector<OptionSpec> notice_endpoint_options(const std::string& url_text,
                                                const std::string& url_default, bool is_url_secret);

/// Reads them. `what` is secret in the URL or in the bodies ("the URL"), so that http to another
/// machine is refused; "": nothing is.
Result<connectors::http::Endpoint> read_notice_endpoint(const Options& options,
                                                        const std::string& what,
                                                        bool is_url_secret);

/// The bodies of each kind (docs/reference/alerts.md).
std::vector<std::string> webhook_bodies(const alerts::Notice& notice);
std::vector<std::string> slack_bodies(const alerts::Notice& notice);
std::vector<std::string> pagerduty_bodies(const alerts::Notice& notice, const Secret& routing_key);

}  // namespace sluice::app
