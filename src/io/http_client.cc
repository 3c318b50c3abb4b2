#include "io/http_client.h"

#include <algorithm>
#include <mutex>

#include "base/base64_text.h"
#include "base/check.h"
#include "base/shown_text.h"
#include "io/curl_handles.h"
#include "io/http_exchange.h"

namespace sluice::io {
namespace {

constexpr int kRedirectsMax = 5;
/// Connections that are kept open between requests.
constexpr long kConnectionsMax = 4;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool has_credentials(const HttpSettings& settings, const HttpRequest& request) {
  return !settings.bearer.empty() || !settings.user.empty() ||
         std::ranges::any_of(request.headers,
                             [](const HttpHeader& own) { return is_secret_header(own.name); });
}

/// A URL of `request`.
Result<HttpUrl> parse(const HttpRequest& request, const std::string& text) {
  SLUICE_ASSIGN(HttpUrl url, HttpUrl::parse(text));
  url.is_secret = request.is_url_secret;
  return url;
}

/// What of the user's goes to `next`, which an answer named.
struct Leave {
  bool same_server = false;
};

Result<Leave> leave_for(const HttpUrl& named, const HttpUrl& next, const HttpAllowance& allow) {
  if (named.is_same_server(next)) return Leave{true};
  const bool is_named = std::ranges::any_of(
      allow.redirects_to, [&](const std::string& host) { return is_same_header(host, next.host); });
  if (!is_named) {
    return user_error(named.shown() + ": the answer leads to another server, " + next.shown() +
                      ", which is refused; if it is the right one, ask it directly or name it: `" +
                      allow.option_prefix + "redirects_to: [" + next.host + "]`");
  }
  return Leave{false};
}

/// Whether `url` may be asked, whoever named it.
Status check_url(const HttpUrl& url, bool with_credentials, const HttpSettings& settings,
                 const HttpRequest& request) {
  const HttpAllowance& allow = settings.allow;
  if (url.is_link_local() && !allow.private_addresses) {
    return user_error("url=" + url.shown() +
                      " is refused: it is a link-local address, where clouds keep credentials of "
                      "their machines; `" +
                      allow.option_prefix + "private_addresses: true` allows it");
  }
  const bool is_secret =
      (with_credentials && has_credentials(settings, request)) || url.has_secret();
  if (url.scheme != "http" || url.is_loopback() || !is_secret || allow.plain_http_token) return {};
  return user_error("url=" + url.shown() +
                    " is refused: the request holds a password, token or key, which http:// would "
                    "send unencrypted to another machine; use https://, or allow it by `" +
                    allow.option_prefix + "plain_http_token: true`");
}

}  // namespace

class HttpClient::Connections {
 public:
  Connections() {
    // Safe beside other libraries that do the same (librdkafka), as of curl 7.84.
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    SLUICE_CHECK(ready == CURLE_OK);
    multi_.reset(curl_multi_init());
    SLUICE_CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kConnectionsMax);
  }
  CURLM* get() { return multi_.get(); }

 private:
  CurlMulti multi_;
};

HttpClient::HttpClient(HttpSettings settings)
    : settings_(std::move(settings)), connections_(std::make_unique<Connections>()) {}

HttpClient::~HttpClient() = default;

Status HttpClient::check(const HttpRequest& request) const {
  SLUICE_ASSIGN(const HttpUrl url, parse(request, request.url));
  bool with_credentials = true;
  if (!request.named_url.empty()) {
    SLUICE_ASSIGN(const HttpUrl named, parse(request, request.named_url));
    SLUICE_ASSIGN(const Leave leave, leave_for(named, url, settings_.allow));
    with_credentials = leave.same_server;
  }
  return check_url(url, with_credentials, settings_, request);
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const std::stop_token& stop) {
  return exchange(request, nullptr, stop);
}

Result<HttpResponse> HttpClient::stream(const HttpRequest& request, const TakeBytes& take,
                                        const std::stop_token& stop) {
  return exchange(request, &take, stop);
}

Error HttpClient::refusal(const HttpRequest& request, const HttpResponse& response) const {
  return http_status_error(request, response, secrets());
}

std::string HttpClient::hidden(const HttpRequest& request, std::string_view text) const {
  // More than is ever shown.
  constexpr std::size_t kTextBytesMax = 16 << 10;
  return hidden_text(std::string(text.substr(0, kTextBytesMax)), request, secrets());
}

std::vector<Secret> HttpClient::secrets() const {
  std::vector<Secret> all = {settings_.bearer, settings_.password, settings_.tls.key_password};
  if (!settings_.user.empty()) {
    all.emplace_back(base64_text(settings_.user + ":" + settings_.password.reveal()));
  }
  return all;
}

Status HttpClient::reach(const HttpRequest& request, const std::stop_token& stop) {
  SLUICE_TRY(check(request));
  SLUICE_ASSIGN(const HttpUrl url, parse(request, request.url));
  const HttpExchange::Hop hop{.request = request, .url = url, .connect_only = true};
  auto answer = HttpExchange(hop, settings_, nullptr).run(connections_->get(), stop);
  return answer ? Status() : std::move(answer).error();
}

Result<HttpResponse> HttpClient::exchange(const HttpRequest& request, const TakeBytes* take,
                                          const std::stop_token& stop) {
  SLUICE_ASSIGN(const HttpUrl named,
                parse(request, request.named_url.empty() ? request.url : request.named_url));
  SLUICE_ASSIGN(HttpUrl url, parse(request, request.url));
  const bool may_change = request.method != "GET" && request.method != "HEAD";
  for (int hops = 0;; ++hops) {
    if (stop.stop_requested()) return Error(Kind::kCancelled, "stopped");
    SLUICE_ASSIGN(const Leave leave, leave_for(named, url, settings_.allow));
    SLUICE_TRY(check_url(url, leave.same_server, settings_, request));
    const HttpExchange::Hop hop{request, url, leave.same_server,
                                !leave.same_server && !named.is_loopback()};
    SLUICE_ASSIGN(HttpResponse answer,
                  HttpExchange(hop, settings_, take).run(connections_->get(), stop));
    const auto location = answer.header("location");
    if (!is_redirect(answer.status) || !location) return answer;
    SLUICE_ASSIGN(HttpUrl next, url.resolve(*location));
    if (may_change && answer.status < 307) {
      return user_error(request.method + " " + url.shown() + ": the server answered status=" +
                        std::to_string(answer.status) + " and leads to " + next.shown() +
                        ", which would be asked without the body; put the right URL there");
    }
    if (hops == kRedirectsMax) {
      return user_error(request.method + " " + named.shown() + ": more than " +
                        std::to_string(kRedirectsMax) + " redirects, the last one to " +
                        next.shown());
    }
    url = std::move(next);
  }
}

}  // namespace sluice::io
