#include "http/guard.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

/// The status that a request with these headers is refused with; 0: it is let in.
int refused(const Pairs& headers, const std::string& method = "POST",
            const std::string& bound = "127.0.0.1:8484", const std::string& target = "/a") {
  ServerOptions options;
  options.allowed_hosts = {"Sluice.example"};
  const Guard guard(options, *Address::parse(bound));
  RequestHead head;
  head.method = method;
  head.headers = headers;
  if (const auto refusal = guard.check(head, *Target::parse(target))) return refusal->status;
  const auto refusal = Guard::check_body(head);
  return refusal ? refusal->status : 0;
}

int refused_host(const std::string& host, const std::string& bound = "127.0.0.1:8484") {
  return refused({{"host", host}}, "GET", bound);
}

int refused_post(Pairs headers) {
  headers.insert(headers.begin(),
                 {{"host", "localhost:8484"}, {"content-type", "application/json"}});
  return refused(headers);
}

TEST(Guard, KnowsItsNames) {
  for (const char* host :
       {"localhost:8484", "127.0.0.1:9", "[::1]:8484", "sluice.example", "LOCALHOST"}) {
    EXPECT_EQ(refused_host(host), 0) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.1", "xsluice.example"}) {
    EXPECT_EQ(refused_host(host), 403) << host;
  }
  EXPECT_EQ(refused_host("a b"), 400);
}

TEST(Guard, OfAWildcardEachAddressIsAName) {
  EXPECT_EQ(refused_host("10.0.0.1:80", "0.0.0.0:80"), 0);
  EXPECT_EQ(refused_host("evil.example", "0.0.0.0:80"), 403);
}

TEST(Guard, TargetMustNameTheHost) {
  const Pairs headers = {{"host", "localhost"}};
  EXPECT_EQ(refused(headers, "GET", "127.0.0.1:80", "http://localhost/a"), 0);
  EXPECT_EQ(refused(headers, "GET", "127.0.0.1:80", "http://127.0.0.1/a"), 400);
}

TEST(Guard, PagesOfOtherSitesAreRefused) {
  EXPECT_EQ(refused_post({}), 0);
  EXPECT_EQ(refused_post({{"origin", "http://localhost:8484"}}), 0);
  EXPECT_EQ(refused_post({{"origin", "https://localhost:8484"}, {"sec-fetch-site", "same-origin"}}),
            0);
  for (const char* origin : {"null", "", "http://evil.example", "http://localhost:8485",
                             "http://localhost:8484.evil.example", "localhost:8484"}) {
    EXPECT_EQ(refused_post({{"origin", origin}}), 403) << origin;
  }
  for (const char* site : {"cross-site", "same-site", "none", "x"}) {
    EXPECT_EQ(refused_post({{"sec-fetch-site", site}}), 403) << site;
  }
}

TEST(Guard, LinkFromElsewhereOpensThePageOnly) {
  const Pairs link = {{"host", "localhost"},
                      {"sec-fetch-site", "cross-site"},
                      {"sec-fetch-mode", "navigate"},
                      {"sec-fetch-dest", "document"}};
  EXPECT_EQ(refused(link, "GET"), 0);
  Pairs image = link;
  image[2].second = "no-cors";
  EXPECT_EQ(refused(image, "GET"), 403);
  Pairs frame = link;
  frame[3].second = "iframe";
  EXPECT_EQ(refused(frame, "GET"), 403);
}

TEST(Guard, WhatAFormCanSendChangesNothing) {
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
        "application/jsonx", "text/plain; application/json"}) {
    EXPECT_EQ(refused({{"host", "localhost"}, {"content-type", type}}), 415) << type;
  }
  EXPECT_EQ(refused({{"host", "localhost"}, {"content-type", "Application/JSON; charset=utf-8"}}),
            0);
}

TEST(Guard, OtherMachinesNeedTokenAndTls) {
  const Address everywhere = *Address::parse("0.0.0.0:80");
  ServerOptions options;
  EXPECT_TRUE(check_exposure(options, *Address::parse("[::1]:80")));
  const Status open = check_exposure(options, everywhere);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message().find("add `token:"), std::string::npos);
  options.token = Secret("0123456789abcdef");
  const Status plain = check_exposure(options, everywhere);
  ASSERT_FALSE(plain);
  EXPECT_NE(plain.error().message().find("add `tls:"), std::string::npos);
  options.plain = true;
  EXPECT_TRUE(check_exposure(options, everywhere));
  options.token = Secret("short");
  EXPECT_FALSE(check_exposure(options, everywhere));
}

}  // namespace
}  // namespace sluice::http
