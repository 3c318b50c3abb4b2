#include "app/notify/http_receiver.h"

#include <algorithm>
#include <utility>

#include "base/percent_text.h"
#include "io/http_url.h"

namespace sluice::app {
namespace {

constexpr const char* kTimeout = "10s";

/// `text` with *** for `secret`.
std::string without(std::string text, const Secret& secret) {
  const std::string& word = secret.reveal();
  if (word.empty()) return text;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    text.replace(at, word.size(), "***");
  }
  return text;
}

}  // namespace

alerts::Receiver::Sent HttpReceiver::send(const alerts::Notice& notice,
                                          const std::stop_token& stop) {
  Sent sent;
  if (notice_ != notice.id) taken_ = 0;
  notice_ = notice.id;
  int part = 0;
  for (std::string& body : settings_.bodies(notice)) {
    // Those of an earlier try need not come again.
    if (part < taken_) {
      ++part;
      continue;
    }
    const std::string id = notice.pipeline + "/" + notice.alert + "/" + notice.id +
                           (part == 0 ? "" : "/" + std::to_string(part));
    sent = send_body(id, std::move(body), stop);
    if (!sent.outcome) return sent;
    taken_ = ++part;
  }
  notice_.clear();
  return sent;
}

alerts::Receiver::Sent HttpReceiver::send_body(const std::string& id, std::string body,
                                               const std::stop_token& stop) {
  io::HttpRequest request = settings_.endpoint.request;
  request.method = "POST";
  request.body = std::move(body);
  if (!settings_.key_header.empty()) {
    request.headers.push_back(
        {settings_.key_header, Secret(percent_encoded_path(id)), /*is_harmless=*/true});
  }
  auto answer = client_.send(request, stop);
  if (!answer) return {std::move(answer).error()};
  if (answer->is_success()) return {};
  const Error refusal = client_.refusal(request, *answer);
  return {Error(refusal.kind(), without(refusal.message(), settings_.in_body)),
          answer->retry_after(clock_.now()).value_or(std::chrono::milliseconds(0))};
}

std::vector<OptionSpec> notice_endpoint_options(const std::string& url_text,
                                                const std::string& url_default,
                                                bool is_url_secret) {
  std::vector<OptionSpec> options = connectors::http::endpoint_options();
  for (OptionSpec& spec : options) {
    if (spec.name == "url") {
      spec.text = url_text;
      spec.required = url_default.empty();
      spec.default_text = url_default;
      spec.example.clear();
      if (is_url_secret) spec.type = OptionType::kSecret;
    } else if (spec.name == "timeout") {
      spec.text = "How long a request may take until its answer is complete.";
      spec.default_text = kTimeout;
    }
  }
  return options;
}

Result<connectors::http::Endpoint> read_notice_endpoint(const Options& options,
                                                        const std::string& what,
                                                        bool is_url_secret) {
  SLUICE_ASSIGN(auto endpoint, connectors::http::read_endpoint(options, is_url_secret));
  const auto says_type = [](const io::HttpHeader& header) {
    return io::is_same_header(header.name, "content-type");
  };
  if (std::ranges::none_of(endpoint.request.headers, says_type)) {
    endpoint.request.headers.push_back(
        {"Content-Type", Secret("application/json"), /*is_harmless=*/true});
  }
  if (what.empty() || endpoint.settings.allow.plain_http_token) return endpoint;
  SLUICE_ASSIGN(const io::HttpUrl url, io::HttpUrl::parse(endpoint.request.url));
  if (url.scheme == "https" || url.is_loopback()) return endpoint;
  return options.value("url").error(
      what +
      " is a secret, which http:// would send unencrypted to another machine; use "
      "https://, or allow it by `allow: {plain_http_token: true}`");
}

}  // namespace sluice::app
