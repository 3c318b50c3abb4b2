#include "http/token_gate.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using Verdict = TokenGate::Verdict;
using std::chrono::minutes;
using std::chrono::seconds;

struct GateRig {
  Secret token{"0123456789abcdef"};
  Limits limits;
  SeededRandom random{1};
  TokenGate gate{token, limits, random, "s", true};

  Verdict with(const std::string& header, const std::string& value,
               TokenGate::Time now = seconds(0), std::string_view peer = "a") {
    Request request;
    request.headers = {{header, value}};
    return gate.check(request, peer, now);
  }
  /// The cookie's "s=ID"; "" when the login fails.
  std::string log_in(const std::string& text, TokenGate::Time now = seconds(0)) {
    Request request;
    request.body = "{\"token\": \"" + text + "\"}";
    const auto login = gate.log_in(request, "a", now);
    const auto cookie = value_of(login.response.headers, "Set-Cookie");
    return cookie ? std::string(cookie->substr(0, cookie->find(';'))) : "";
  }
};

TEST(TokenGate, AsksForTheToken) {
  GateRig rig;
  EXPECT_EQ(rig.with("authorization", "Bearer 0123456789abcdef"), Verdict::kIn);
  EXPECT_EQ(rig.with("authorization", "bearer 0123456789abcdef"), Verdict::kIn);
  EXPECT_EQ(rig.with("x", ""), Verdict::kMissing);
  EXPECT_EQ(rig.with("authorization", "Basic 0123456789abcdef"), Verdict::kMissing);
  for (const char* text : {"0", "0123456789abcde", "0123456789abcdeX", "0123456789abcdef0",
                           "0123456789abcdef0123456789abcdef"}) {
    EXPECT_EQ(rig.with("authorization", std::string("Bearer ") + text), Verdict::kWrong) << text;
  }
}

TEST(TokenGate, WithoutATokenEverybodyIsIn) {
  const Secret none;
  const Limits limits;
  SeededRandom random{1};
  TokenGate gate(none, limits, random, "s", false);
  EXPECT_EQ(gate.check({}, "a", seconds(0)), Verdict::kIn);
}

TEST(TokenGate, SessionEndsAfterItsLastRequest) {
  GateRig rig;
  const std::string cookie = rig.log_in("0123456789abcdef");
  ASSERT_EQ(cookie.size(), 2U + 64U);
  EXPECT_EQ(rig.with("cookie", "x=y; " + cookie), Verdict::kIn);
  const auto timeout = rig.limits.session_timeout;
  EXPECT_EQ(rig.with("cookie", cookie, timeout - seconds(1)), Verdict::kIn);
  EXPECT_EQ(rig.with("cookie", cookie, 2 * timeout - seconds(2)), Verdict::kIn);
  EXPECT_EQ(rig.with("cookie", cookie, 4 * timeout), Verdict::kMissing);
  EXPECT_EQ(rig.with("cookie", "s=" + std::string(64, '0')), Verdict::kMissing);
}

TEST(TokenGate, CookieIsKeptFromScriptsAndOtherSites) {
  GateRig rig;
  Request request;
  request.body = "{\"token\": \"0123456789abcdef\"}";
  const auto login = rig.gate.log_in(request, "a", seconds(0));
  const auto cookie = value_of(login.response.headers, "Set-Cookie");
  ASSERT_TRUE(cookie);
  EXPECT_TRUE(cookie->ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure")) << *cookie;
}

TEST(TokenGate, OldSessionsGiveWayToNewOnes) {
  GateRig rig;
  rig.limits.sessions_max = 2;
  const std::string first = rig.log_in("0123456789abcdef", seconds(1));
  const std::string second = rig.log_in("0123456789abcdef", seconds(2));
  const std::string third = rig.log_in("0123456789abcdef", seconds(3));
  EXPECT_EQ(rig.with("cookie", first, seconds(4)), Verdict::kMissing);
  EXPECT_EQ(rig.with("cookie", second, seconds(4)), Verdict::kIn);
  EXPECT_EQ(rig.with("cookie", third, seconds(4)), Verdict::kIn);
}

TEST(TokenGate, GuessesAreFew) {
  GateRig rig;
  for (std::size_t i = 0; i < rig.limits.failed_logins_max; ++i) EXPECT_EQ(rig.log_in("wrong"), "");
  // Not even the right one, or else guessing would go on.
  EXPECT_EQ(rig.with("authorization", "Bearer 0123456789abcdef"), Verdict::kTooMany);
  EXPECT_EQ(rig.with("authorization", "Bearer 0123456789abcdef", seconds(0), "b"), Verdict::kIn);
  EXPECT_EQ(rig.with("authorization", "Bearer 0123456789abcdef", minutes(2)), Verdict::kIn);
}

TEST(TokenGate, ManyPeersDoNotFillTheMemory) {
  GateRig rig;
  for (int i = 0; i < 3000; ++i) {
    static_cast<void>(
        rig.with("authorization", "Bearer x", seconds(0), "peer" + std::to_string(i)));
  }
  EXPECT_EQ(rig.with("authorization", "Bearer x", seconds(0), "one more"), Verdict::kTooMany);
}

TEST(TokenGate, BodyOfALoginMayBeAnything) {
  GateRig rig;
  for (const char* body : {"", "x", "[]", "{}", "{\"token\": 1}", "{\"token\": null}"}) {
    Request request;
    request.body = body;
    EXPECT_EQ(rig.gate.log_in(request, "a", seconds(0)).response.status, 400) << body;
  }
}

}  // namespace
}  // namespace sluice::http
