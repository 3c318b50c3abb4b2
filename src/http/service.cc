#include "http/service.h"

#include <algorithm>

#include "base/border.h"
#include "base/list_text.h"
#include "base/log.h"
#include "base/shown_text.h"

namespace sluice::http {
namespace {

constexpr std::string_view kLoginPath = "/api/login";

Service::Denied denied(int status, std::string_view message) {
  return {error_response(status, message)};
}

Service::Denied wrong_method(const std::vector<std::string>& methods) {
  Response response = error_response(405, "this path answers " + joined(methods) + " only");
  response.headers.emplace_back("Allow", joined(methods));
  return {std::move(response)};
}

/// Cookies of other servers of the same host, on other ports, must not be in the way.
std::string cookie_name(const Address& bound) {
  return "sluice_session_" + std::to_string(bound.port);
}

}  // namespace

Service::Service(const ServerOptions& options, const Routes& routes, Network& network,
                 Random& random)
    : options_(options),
      routes_(routes),
      network_(network),
      guard_(options, network.bound()),
      gate_(options.token, options.limits, random, cookie_name(network.bound()), network.has_tls()),
      pool_(options.limits.handler_threads, options.limits.handlers_waiting_max) {}

std::variant<Service::Admitted, Service::Denied> Service::admit(const RequestHead& head,
                                                                const Peer& peer) {
  auto target = Target::parse(head.target);
  if (!target) return denied(400, "the target is no path that this server could have");
  if (const auto refusal = guard_.check(head, *target)) return Denied{refusal_response(*refusal)};
  Admitted admitted;
  admitted.is_login = gate_.is_on() && target->path == kLoginPath;
  if (!admitted.is_login) admitted.found = routes_.find(head.method, *target);
  admitted.request = {head.method == "HEAD" ? "GET" : head.method, std::move(target->path),
                      std::move(admitted.found.parameters), std::move(target->query), head.headers};
  admitted.request.peer = peer.address;
  const Routes::Found& found = admitted.found;
  if (admitted.is_login) {
    if (head.method != "POST") return wrong_method({"POST"});
  } else {
    const bool is_open =
        found.file != nullptr || (found.route != nullptr && found.route->access == Access::kOpen);
    if (!is_open) {
      if (auto refused = ask_for_token(admitted.request, peer)) return *std::move(refused);
    }
    if (found.methods.empty()) return denied(404, "there is nothing at this path");
    if (found.route == nullptr && found.file == nullptr) return wrong_method(found.methods);
  }
  if (const auto refusal = Guard::check_body(head)) return Denied{refusal_response(*refusal)};
  return admitted;
}

std::optional<Service::Denied> Service::ask_for_token(const Request& request, const Peer& peer) {
  const TokenGate::Verdict verdict = gate_.check(request, peer.group, clock_.steady());
  if (verdict == TokenGate::Verdict::kIn) return std::nullopt;
  return Denied{refused_login(verdict), verdict == TokenGate::Verdict::kWrong};
}

Response Service::call(const Route& route, const Request& request) {
  bool has_returned = false;
  auto result = at_border("http " + request.method + " " + shown_text(request.path),
                          [&]() -> Result<Response> {
                            auto answer = route.handler(request);
                            has_returned = true;
                            return answer;
                          });
  if (result) return *std::move(result);
  if (has_returned) return error_response(result.error());
  // What was thrown is for whoever reads the log, not for whoever asked.
  log_error(result.error().message());
  return error_response(500, "something went wrong inside sluice; its log says what");
}

Service::Denied Service::log_in(const Request& request, const Peer& peer) {
  TokenGate::Login login = gate_.log_in(request, peer.group, clock_.steady());
  return {std::move(login.response), login.verdict == TokenGate::Verdict::kWrong};
}

Response refusal_response(const Refusal& refusal) {
  Response response = error_response(refusal.status, refusal.message);
  response.headers = refusal.headers;
  return response;
}

}  // namespace sluice::http
