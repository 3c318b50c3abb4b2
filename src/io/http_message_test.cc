#include "io/http_message.h"

#include <gtest/gtest.h>

namespace sluice::io {
namespace {

using std::chrono::milliseconds;

HttpResponse answer(int status, std::string body = "", std::string after = "") {
  HttpResponse out;
  out.status = status;
  out.body = std::move(body);
  if (!after.empty()) out.headers.emplace_back("RETRY-After", std::move(after));
  return out;
}

TEST(HttpMessage, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(answer(429, "", "7").retry_after(0), milliseconds(7000));
  EXPECT_EQ(answer(429, "", "99999999999999999999").retry_after(0), std::nullopt);
  EXPECT_EQ(answer(429, "", "9999999").retry_after(0), std::chrono::hours(24));
  const Micros now = 784'111'777'000'000;  // 1994-11-06T08:49:37Z
  EXPECT_EQ(answer(503, "", "Sun, 06 Nov 1994 08:49:40 GMT").retry_after(now), milliseconds(3000));
  EXPECT_EQ(answer(503, "", "Sun, 06 Nov 1994 08:49:30 GMT").retry_after(now), milliseconds(0));
  EXPECT_EQ(answer(503, "", "soon").retry_after(0), std::nullopt);
  EXPECT_EQ(answer(503).retry_after(0), std::nullopt);
}

TEST(HttpMessage, TheKindSaysWhetherAnotherTryHelps) {
  const HttpRequest request{.url = "https://a.org/?token=abc"};
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(http_status_error(request, answer(status)).kind(), Kind::kTransient) << status;
  }
  for (const int status : {304, 400, 401, 403, 404, 422}) {
    EXPECT_EQ(http_status_error(request, answer(status)).kind(), Kind::kUser) << status;
  }
}

TEST(HttpMessage, AnErrorShowsTheAnswerAndNoSecret) {
  const HttpRequest request{.url = "https://a.org/?token=abc",
                            .headers = {{"X-Api-Key", Secret("k3y")}}};
  HttpResponse refused = answer(401, "key k3y is\nwrong, k3y! abc");
  refused.headers.emplace_back("Content-Type", "text/plain");
  EXPECT_EQ(
      http_status_error(request, refused).message(),
      "GET https://a.org/?token=***: the server answered status=401 content_type='text/plain' "
      "answer='key *** is\\nwrong, ***! ***'; the server needs credentials, or others");
}

TEST(HttpMessage, NoTextOfAnAnswerShowsASecret) {
  HttpRequest request{.url = "https://a.org/?key=a%2Fb%3D",
                      .headers = {{"X-Client", Secret("cl1ent")}, {"Accept", Secret("text/csv")}}};
  const Secret secrets[] = {Secret("p w/")};
  EXPECT_EQ(hidden_text("a/b= a%2fb%3d a\\/b= cl1ent text/csv p%20w%2F p+w%2F", request, secrets),
            "*** *** *** *** text/csv *** ***");
  request = {.url = "https://a.org/services/T0P/s3cr3t?n=4711", .is_url_secret = true};
  EXPECT_EQ(hidden_text("no /services/T0P/s3cr3t, no s3cr3t, n 4711 at a.org", request, {}),
            "no ***, no ***, n *** at a.org");
}

TEST(HttpMessage, KnowsHeadersThatAreSecret) {
  for (const char* name : {"Authorization", "Cookie", "X-API-Key", "X-Auth", "PRIVATE-TOKEN"}) {
    EXPECT_TRUE(is_secret_header(name)) << name;
  }
  for (const char* name : {"Accept", "Idempotency-Key", "X-Request-Id"}) {
    EXPECT_FALSE(is_secret_header(name)) << name;
  }
}

}  // namespace
}  // namespace sluice::io
