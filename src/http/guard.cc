#include "http/guard.h"

#include <algorithm>

#include "base/ascii_text.h"

namespace sluice::http {
namespace {

constexpr std::size_t kTokenBytesMin = 16;

/// "application/json", with or without parameters.
bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return lower_case(type) == "application/json";
}

Refusal foreign() {
  return {403, "the request comes from a page of another site, which this server does not answer"};
}

}  // namespace

Guard::Guard(const ServerOptions& options, const Address& bound) : bound_(bound) {
  for (const std::string& host : options.allowed_hosts) {
    allowed_hosts_.push_back(host_name(host).value_or(lower_case(host)));
  }
}

std::optional<Refusal> Guard::check(const RequestHead& head, const Target& target) const {
  if (auto refusal = check_host(head, target)) return refusal;
  return check_origin(head, head.header("host").value_or(""));
}

std::optional<Refusal> Guard::check_body(const RequestHead& head) {
  if (is_reading(head.method)) {
    if (head.has_body()) return Refusal{400, "a " + head.method + " has no body"};
    return std::nullopt;
  }
  if (!is_json(head.header("content-type").value_or(""))) {
    return Refusal{415, "the Content-Type must be application/json"};
  }
  return std::nullopt;
}

std::optional<Refusal> Guard::check_host(const RequestHead& head, const Target& target) const {
  const auto host = head.header("host");
  if (!host) return std::nullopt;  // of HTTP/1.0 only, which no browser speaks
  const auto name = host_name(*host);
  if (!name) return Refusal{400, "the Host is none"};
  if (!target.authority.empty() && target.authority != lower_case(*host)) {
    return Refusal{400, "the target names another host than the Host does"};
  }
  if (is_known_host(*name)) return std::nullopt;
  return Refusal{403, "this server does not answer for the host '" + *name +
                          "'; allowed_hosts has the names by which it may be called"};
}

bool Guard::is_known_host(const std::string& name) const {
  if (name == "localhost" || name.ends_with(".localhost") || is_loopback_address(name)) return true;
  if (name == bound_.host || std::ranges::find(allowed_hosts_, name) != allowed_hosts_.end()) {
    return true;
  }
  // Nobody can make a name that is an address.
  return bound_.is_wildcard() && is_ip_address(name);
}

std::optional<Refusal> Guard::check_origin(const RequestHead& head, std::string_view host) {
  const auto origin = head.header("origin");
  if (origin) {
    const std::string given = lower_case(*origin);
    const std::string wanted = lower_case(host);
    if (given != "http://" + wanted && given != "https://" + wanted) return foreign();
  }
  // What a browser says of who asks; a page cannot change it.
  const auto site = head.header("sec-fetch-site");
  if (!site || *site == "same-origin") return std::nullopt;
  const bool is_opened =
      is_reading(head.method) && (*site == "none" || (head.header("sec-fetch-mode") == "navigate" &&
                                                      head.header("sec-fetch-dest") == "document"));
  // A link from elsewhere may open the page.
  if (is_opened && !origin) return std::nullopt;
  return foreign();
}

bool is_reading(std::string_view method) { return method == "GET" || method == "HEAD"; }

Status check_exposure(const ServerOptions& options, const Address& address) {
  if (!options.token.empty() && options.token.reveal().size() < kTokenBytesMin) {
    return user_error("the token is too short: it needs " + std::to_string(kTokenBytesMin) +
                      " characters at least; `openssl rand -hex 16` makes one");
  }
  if (address.is_loopback()) return {};
  const std::string what =
      "E_EXPOSED: listening on " + address.text() + ", which other machines reach, ";
  if (options.token.empty()) {
    return user_error(what + "needs a token: " + options.token_advice + ", or listen on 127.0.0.1");
  }
  if (!options.tls && !options.plain) {
    return user_error(what + "needs TLS: " + options.tls_advice);
  }
  return {};
}

}  // namespace sluice::http
