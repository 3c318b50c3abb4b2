#include "io/http_url.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sluice::io {
namespace {

HttpUrl parsed(std::string_view text) {
  auto url = HttpUrl::parse(text);
  EXPECT_TRUE(url) << url.error().message();
  return url ? *std::move(url) : HttpUrl{};
}

std::string url_problem(std::string_view text) {
  const auto url = HttpUrl::parse(text);
  return url ? "" : url.error().message();
}

Reach reach(const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return reach_of(reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return reach_of(reinterpret_cast<const sockaddr&>(v6));
}

TEST(HttpUrl, TakesAUrlApart) {
  const HttpUrl url = parsed("HTTPS://Example.ORG/a/b?x=1&y=2#part");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "example.org");
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.query, "x=1&y=2");
  EXPECT_EQ(url.text, "https://Example.ORG/a/b?x=1&y=2");
  EXPECT_EQ(parsed("http://[::1]:81/").host, "::1");
}

TEST(HttpUrl, SaysWhatCannotBeRequested) {
  EXPECT_NE(url_problem("ftp://example.org/").find("must begin with http:// or https://"),
            std::string::npos);
  EXPECT_NE(url_problem("file:///etc/passwd").find("must begin with"), std::string::npos);
  EXPECT_NE(url_problem("example.org/a"), "");
  EXPECT_NE(url_problem(""), "");
  EXPECT_NE(url_problem("http://a b/").find("%XX"), std::string::npos);
  EXPECT_NE(url_problem("http://a/\r\nX: y").find("%XX"), std::string::npos);
  EXPECT_NE(url_problem("http://a/" + std::string(20'000, 'x')).find("are the most"),
            std::string::npos);
}

TEST(HttpUrl, APasswordInAUrlIsRefusedAndNotShown) {
  const std::string said = url_problem("https://joe:hunter2@example.org/");
  EXPECT_NE(said.find("options for these"), std::string::npos) << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
}

TEST(HttpUrl, SecretsOfTheQueryAreHidden) {
  const HttpUrl url = parsed("https://a.org/x?access_token=abc&page=2&X-Amz-Signature=f00&sig=1");
  EXPECT_EQ(url.shown(), "https://a.org/x?access_token=***&page=2&X-Amz-Signature=***&sig=***");
  EXPECT_TRUE(url.has_secret());
  EXPECT_TRUE(parsed("https://a.org/?API_KEY=1").has_secret());
  for (const char* name : {"key", "sig", "code", "api%5fkey", "x-amz-signature", "authorization"}) {
    const HttpUrl one = parsed("https://a.org/?" + std::string(name) + "=v4l");
    EXPECT_TRUE(one.has_secret()) << name;
    EXPECT_EQ(one.shown().find("v4l"), std::string::npos) << name;
  }
  for (const char* name : {"keyword", "startkey", "author", "country_code", "design"}) {
    EXPECT_FALSE(parsed("https://a.org/?" + std::string(name) + "=v4l").has_secret()) << name;
  }
}

TEST(HttpUrl, ResolvesWhatAnAnswerNames) {
  const HttpUrl from = parsed("https://a.org/v1/items?page=1");
  EXPECT_EQ(from.resolve("?page=2")->text, "https://a.org/v1/items?page=2");
  EXPECT_EQ(from.resolve("/other")->text, "https://a.org/other");
  EXPECT_EQ(from.resolve("//b.org/x")->host, "b.org");
  EXPECT_FALSE(from.resolve("javascript:alert(1)"));
}

TEST(HttpUrl, KnowsTheSameServer) {
  const HttpUrl url = parsed("http://a.org/");
  EXPECT_TRUE(url.is_same_server(parsed("http://A.org:80/x")));
  EXPECT_TRUE(url.is_same_server(parsed("https://a.org/")));
  EXPECT_FALSE(url.is_same_server(parsed("http://a.org:8080/")));
  EXPECT_FALSE(url.is_same_server(parsed("http://a.org.evil.com/")));
  EXPECT_FALSE(parsed("https://a.org/").is_same_server(url));
}

TEST(HttpUrl, KnowsThisMachineAndMetadataByAnySpelling) {
  for (const char* text : {"http://127.0.0.1/", "http://127.9.9.9/", "http://0x7f.1/",
                           "http://2130706433/", "http://[::1]/", "http://localhost./",
                           "http://x.localhost/", "http://[::ffff:127.0.0.1]/"}) {
    EXPECT_TRUE(parsed(text).is_loopback()) << text;
  }
  for (const char* text :
       {"http://169.254.169.254/", "http://2852039166/", "http://0xa9fea9fe/", "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/", "http://[fd20:ce::254]/",
        "http://[64:ff9b:1::a9fe:a9fe]/", "http://[::ffff:0:a9fe:a9fe]/",
        "http://metadata.google.internal/", "http://METADATA.google.internal./"}) {
    EXPECT_TRUE(parsed(text).is_link_local()) << text;
  }
  EXPECT_FALSE(parsed("http://localhost.evil.com/").is_loopback());
  EXPECT_FALSE(parsed("http://10.0.0.1/").is_loopback());
}

TEST(HttpUrl, KnowsWhomAnAddressReaches) {
  EXPECT_EQ(reach("8.8.8.8"), Reach::kPublic);
  EXPECT_EQ(reach("2606:4700::1111"), Reach::kPublic);
  EXPECT_EQ(reach("10.1.2.3"), Reach::kPrivate);
  EXPECT_EQ(reach("172.31.255.255"), Reach::kPrivate);
  EXPECT_EQ(reach("172.32.0.0"), Reach::kPublic);
  EXPECT_EQ(reach("192.168.0.1"), Reach::kPrivate);
  EXPECT_EQ(reach("100.127.0.1"), Reach::kPrivate);
  EXPECT_EQ(reach("fd12::1"), Reach::kPrivate);
  EXPECT_EQ(reach("0.0.0.0"), Reach::kLoopback);
  EXPECT_EQ(reach("::"), Reach::kLoopback);
  EXPECT_EQ(reach("100.100.100.200"), Reach::kLinkLocal);
  EXPECT_EQ(reach("64:ff9b::a9fe:a9fe"), Reach::kLinkLocal);
  EXPECT_EQ(reach("2002:7f00:1::"), Reach::kLoopback);
}

}  // namespace
}  // namespace sluice::io
