#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/message.h"
#include "http/server_options.h"
#include "sluice/base/secret.h"

namespace sluice::http {

/// Whether two texts are equal, in a time that says nothing of how far they are.
bool is_same_secret(std::string_view one, std::string_view other);

/// Asks for the token: in `Authorization: Bearer TOKEN`, or once at /api/login for a session, whose
/// random id comes as a cookie. Of the io thread. No message has a token or an id in it.
class TokenGate {
 public:
  using Time = std::chrono::nanoseconds;  ///< of a steady clock

  /// An empty token: everybody is let in. `cookie`: its name, as cookies do not know ports. All
  /// references outlive it.
  TokenGate(const Secret& token, const Limits& limits, Random& random, std::string cookie,
            bool is_tls);

  bool is_on() const { return !token_.empty(); }

  enum class Verdict : unsigned char {
    kIn,
    kMissing,  ///< neither token nor session
    kWrong,    ///< counted; the answer must come late
    kTooMany,  ///< of this peer; what it sent was not looked at
  };
  /// `peer`: whose failures count together.
  Verdict check(const Request& request, std::string_view peer, Time now);

  struct Login {
    Verdict verdict = Verdict::kWrong;
    Response response{};
  };
  /// POST /api/login, {"token": "..."}.
  Login log_in(const Request& request, std::string_view peer, Time now);

 private:
  struct Failures {
    Time since{};
    std::size_t count = 0;
  };

  Verdict try_token(std::string_view token, std::string_view peer, Time now);
  Failures& failures_of(std::string_view peer, Time now);
  std::string new_session(Time now);
  /// Whether it is one; then it lasts longer.
  bool touch_session(std::string_view id, Time now);

  const Secret& token_;
  const Limits& limits_;
  Random& random_;
  const std::string cookie_;
  const bool is_tls_;
  std::map<std::string, Time, std::less<>> sessions_;  // when they end
  std::map<std::string, Failures, std::less<>> failures_;
};

/// 401, 429: the answer to who was not let in.
Response refused_login(TokenGate::Verdict verdict);

}  // namespace sluice::http
