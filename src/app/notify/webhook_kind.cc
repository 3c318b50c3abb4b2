#include "app/notify/http_receiver.h"
#include "app/notify/receiver_kinds.h"
#include "base/json.h"

namespace sluice::app {

std::vector<std::string> webhook_bodies(const alerts::Notice& notice) {
  return {dump_json(alerts::notice_json(notice))};
}

ReceiverKind webhook_kind() {
  ReceiverKind kind;
  kind.name = "webhook";
  kind.text =
      "Posts a notice as JSON to a URL. 408, 425, 429, 5xx and lost connections are tried again "
      "for "
      "an hour, under the same key; after another refusal the notice is given up.";
  kind.options = notice_endpoint_options(
      "Where notices are posted: http:// or https://. Where the URL itself is a secret, take it "
      "from "
      "a file: of \"${file:...}\" only the host is shown.",
      "", /*is_url_secret=*/false);
  kind.options.push_back(
      {.name = "idempotency_header",
       .text = "The header with the notice's key, <pipeline>/<alert>/<incident>/<state>, which is "
               "the same whenever it is sent again. \"\": none is sent.",
       .default_text = "Idempotency-Key"});
  kind.make = [](const Options& options,
                 const connector::Context& context) -> Result<std::unique_ptr<alerts::Receiver>> {
    HttpReceiver::Settings settings;
    SLUICE_ASSIGN(settings.endpoint, read_notice_endpoint(options, "", /*is_url_secret=*/false));
    settings.key_header = options.text("idempotency_header");
    settings.bodies = webhook_bodies;
    return {std::make_unique<HttpReceiver>(std::move(settings), context.clock)};
  };
  return kind;
}

}  // namespace sluice::app
