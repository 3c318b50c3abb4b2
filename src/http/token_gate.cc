#include "http/token_gate.h"

#include <algorithm>
#include <array>

#include "base/json.h"

namespace sluice::http {
namespace {

constexpr std::chrono::minutes kFailuresWindow{1};
constexpr std::size_t kPeersMax = 1024;
constexpr int kSessionWords = 4;  // of 64 bits
constexpr std::string_view kBearer = "bearer ";

std::string_view bearer_of(const Request& request) {
  const std::string_view value = request.header("authorization").value_or("");
  if (value.size() <= kBearer.size()) return {};
  const bool is_bearer = std::ranges::equal(
      value.substr(0, kBearer.size()), kBearer,
      [](char given, char wanted) { return (given | ('a' ^ 'A')) == (wanted | ('a' ^ 'A')); });
  return is_bearer ? value.substr(kBearer.size()) : std::string_view();
}

}  // namespace

bool is_same_secret(std::string_view one, std::string_view other) {
  // As many steps as the given text is long; the secret's length is not in the time.
  volatile unsigned char different = one.size() == other.size() ? 0 : 1;
  for (std::size_t i = 0; i < one.size(); ++i) {
    const char against = other.empty() ? '\0' : other[i % other.size()];
    different =
        static_cast<unsigned char>(different | static_cast<unsigned char>(one[i] ^ against));
  }
  return different == 0;
}

TokenGate::TokenGate(const Secret& token, const Limits& limits, Random& random, std::string cookie,
                     bool is_tls)
    : token_(token),
      limits_(limits),
      random_(random),
      cookie_(std::move(cookie)),
      is_tls_(is_tls) {}

TokenGate::Verdict TokenGate::check(const Request& request, std::string_view peer, Time now) {
  if (!is_on()) return Verdict::kIn;
  if (const auto id = request.cookie(cookie_); id && touch_session(*id, now)) return Verdict::kIn;
  const std::string_view token = bearer_of(request);
  if (token.empty()) return Verdict::kMissing;
  return try_token(token, peer, now);
}

TokenGate::Login TokenGate::log_in(const Request& request, std::string_view peer, Time now) {
  const Json body = parse_json(request.body);
  if (!body.is_object() || !body.contains("token") || !body["token"].is_string()) {
    return {Verdict::kMissing, error_response(400, "the body of a login is {\"token\": \"...\"}")};
  }
  const Verdict verdict = try_token(body["token"].get_ref<const std::string&>(), peer, now);
  if (verdict != Verdict::kIn) return {verdict, refused_login(verdict)};
  Response response = Response::json("{}\n");
  std::string cookie = cookie_ + "=" + new_session(now) + "; Path=/; HttpOnly; SameSite=Strict";
  if (is_tls_) cookie += "; Secure";
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return {verdict, std::move(response)};
}

TokenGate::Verdict TokenGate::try_token(std::string_view token, std::string_view peer, Time now) {
  Failures& failures = failures_of(peer, now);
  if (failures.count >= limits_.failed_logins_max) return Verdict::kTooMany;
  if (is_same_secret(token, token_.reveal())) return Verdict::kIn;
  ++failures.count;
  return Verdict::kWrong;
}

TokenGate::Failures& TokenGate::failures_of(std::string_view peer, Time now) {
  if (failures_.size() >= kPeersMax) {
    std::erase_if(failures_,
                  [&](const auto& entry) { return now - entry.second.since > kFailuresWindow; });
    // From then on those who are not known count as one.
    if (failures_.size() >= kPeersMax && !failures_.contains(peer)) peer = "";
  }
  Failures& failures = failures_.try_emplace(std::string(peer), Failures{now}).first->second;
  if (now - failures.since > kFailuresWindow) failures = {now};
  return failures;
}

std::string TokenGate::new_session(Time now) {
  std::erase_if(sessions_, [&](const auto& session) { return session.second <= now; });
  while (sessions_.size() >= limits_.sessions_max) {
    const auto oldest =
        std::ranges::min_element(sessions_, {}, [](const auto& session) { return session.second; });
    sessions_.erase(oldest);
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < kSessionWords; ++i) {
    std::uint64_t word = random_.next();
    for (int digit = 0; digit < 16; ++digit, word >>= 4U) id += kHex[word & 15U];
  }
  sessions_[id] = now + limits_.session_timeout;
  return id;
}

bool TokenGate::touch_session(std::string_view id, Time now) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return false;
  if (found->second <= now) {
    sessions_.erase(found);
    return false;
  }
  found->second = now + limits_.session_timeout;
  return true;
}

Response refused_login(TokenGate::Verdict verdict) {
  if (verdict == TokenGate::Verdict::kTooMany) {
    Response response =
        error_response(429, "too many wrong tokens came from this address; try again in a minute");
    response.headers.emplace_back("Retry-After", "60");
    return response;
  }
  Response response = error_response(
      401, verdict == TokenGate::Verdict::kWrong
               ? "the token is not the right one"
               : "a token is needed: in the header 'Authorization: Bearer TOKEN', or log in");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace sluice::http
