#include <string>

#include <gtest/gtest.h>

#include "io/http_client.h"
#include "io/http_rig.h"
#include "support/http_server.h"

namespace sluice::io {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

/// Leads everybody to `target`.
std::string leading_to(const std::string& target, int status = 302) {
  return "HTTP/1.1 " + std::to_string(status) +
         " There\r\nContent-Length: 0\r\nLocation: " + target + "\r\n\r\n";
}

HttpSettings with_token() {
  HttpSettings settings;
  settings.bearer = Secret("t0k");
  return settings;
}

TEST(HttpRedirect, IsFollowedOnTheSameServerWithTheToken) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    if (request.target == "/new") return to.answer(200, "here");
    return to.send(leading_to("/new"));
  });
  HttpClient client(with_token());
  const auto answer = client.send({.url = server.url("/old")}, {});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "here");
  EXPECT_EQ(answer->url, server.url("/new"));
  EXPECT_EQ(server.requests().at(1).header("authorization"), "Bearer t0k");
}

TEST(HttpRedirect, ToAnotherServerIsRefused) {
  const HttpServer other("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const HttpServer server(leading_to(other.url("/x?token=abc")));
  HttpClient client(with_token());
  const std::string said = problem(client.send({.url = server.url()}, {}));
  EXPECT_TRUE(says(said, "user: " + server.url() + ": the answer leads to another server, " +
                             other.url("/x?token=***")));
  EXPECT_TRUE(says(said, "`allow.redirects_to: [127.0.0.1]`"));
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpRedirect, ToANamedHostGoesWithoutWhatIsTheUsers) {
  const HttpServer other("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const HttpServer server(leading_to(other.url()));
  HttpSettings settings = with_token();
  settings.allow.redirects_to = {"127.0.0.1"};
  HttpClient client(settings);
  const HttpRequest request{
      .url = server.url(),
      .headers = {
          {"X-Api-Key", Secret("k")}, {"Accept", Secret("text/csv")}, {"X-Me", Secret("m")}}};
  EXPECT_EQ(problem(client.send(request, {})), "status 200");
  EXPECT_EQ(server.requests().at(0).header("x-api-key"), "k");
  const ServedRequest got = other.requests().at(0);
  EXPECT_EQ(got.header("authorization") + got.header("x-api-key") + got.header("x-me"), "");
  EXPECT_EQ(got.header("accept"), "text/csv");
}

TEST(HttpRedirect, ALoopEnds) {
  const HttpServer server(leading_to("/again"));
  const std::string said = problem(HttpClient({}).send({.url = server.url()}, {}));
  EXPECT_TRUE(says(said, "more than 5 redirects"));
  EXPECT_EQ(server.requests().size(), 6U);
}

TEST(HttpRedirect, MetadataIsRefusedAlsoWhenTheHostIsNamed) {
  for (const char* target : {"http://169.254.169.254/latest", "http://2852039166/",
                             "http://metadata.google.internal/", "http://[fe80::1]/"}) {
    const HttpServer server(leading_to(target));
    HttpSettings settings;
    settings.allow.redirects_to = {"169.254.169.254", "metadata.google.internal", "fe80::1"};
    const std::string said = problem(HttpClient(settings).send({.url = server.url()}, {}));
    EXPECT_TRUE(says(said, "is refused: it is a link-local address")) << target;
    EXPECT_TRUE(says(said, "`allow.private_addresses: true`"));
  }
  EXPECT_TRUE(says(problem(HttpClient({}).send({.url = "http://169.254.169.254/"}, {})), "user: "));
}

TEST(HttpRedirect, OtherSchemesAreRefused) {
  const HttpServer server(leading_to("file:///etc/passwd"));
  EXPECT_TRUE(
      says(problem(HttpClient({}).send({.url = server.url()}, {})), "must begin with http"));
}

TEST(HttpRedirect, APostIsNotMadeAGet) {
  const HttpServer server(leading_to("/elsewhere", 301));
  const std::string said =
      problem(HttpClient({}).send({.method = "POST", .url = server.url(), .body = "x"}, {}));
  EXPECT_TRUE(says(said, "would be asked without the body"));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpRedirect, APostIsSentAgainWhereItIsAsked) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    if (request.target == "/new") return to.answer(200, request.method + request.body);
    return to.send(leading_to("/new", 308));
  });
  const auto answer = HttpClient({}).send({.method = "POST", .url = server.url(), .body = "x"}, {});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "POSTx");
}

TEST(HttpRedirect, ANextPageIsHeldToTheSameRules) {
  const HttpServer other("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  HttpClient client(with_token());
  const HttpRequest request{.url = other.url(), .named_url = "http://127.0.0.1:1/"};
  EXPECT_TRUE(says(problem(client.send(request, {})), "leads to another server"));
  EXPECT_FALSE(client.check(request));
  EXPECT_TRUE(other.requests().empty());
}

TEST(HttpRedirect, FromOutsideNothingLeadsToThisMachine) {
  const HttpServer here("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  HttpSettings settings;
  settings.allow.redirects_to = {"127.0.0.1"};
  const HttpRequest request{.url = here.url(), .named_url = "https://example.org/"};
  EXPECT_TRUE(says(problem(HttpClient(settings).send(request, {})),
                   "connect refused: host=127.0.0.1 has an address of this machine"));
  EXPECT_TRUE(here.requests().empty());
  settings.allow.private_addresses = true;
  EXPECT_EQ(problem(HttpClient(settings).send(request, {})), "status 200");
}

TEST(HttpRedirect, WhatSaysNothingOfTheUserGoesAlong) {
  const HttpServer other("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const HttpServer server(leading_to(other.url(), 307));
  HttpSettings settings;
  settings.allow.redirects_to = {"127.0.0.1"};
  HttpRequest request{.method = "POST", .url = server.url()};
  request.headers = {{"Idempotency-Key", Secret("k1"), true}, {"X-Client", Secret("me")}};
  EXPECT_EQ(problem(HttpClient(settings).send(request, {})), "status 200");
  EXPECT_EQ(other.requests().at(0).header("idempotency-key"), "k1");
  EXPECT_EQ(other.requests().at(0).header("x-client"), "");
}

TEST(HttpPlain, ATokenStaysOffOpenLines) {
  const HttpRequest plain{.url = "http://example.org/"};
  const HttpClient client(with_token());
  const auto said = client.check(plain);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().kind(), Kind::kUser);
  EXPECT_TRUE(says(said.error().message(), "`allow.plain_http_token: true`"));
  EXPECT_EQ(said.error().message().find("t0k"), std::string::npos);
  EXPECT_FALSE(
      HttpClient({}).check({.url = "http://a.org/", .headers = {{"X-API-Key", Secret("k")}}}));
  for (const char* query : {"access_token=1", "key=1", "sig=1", "code=1", "api%5Fkey=1"}) {
    EXPECT_FALSE(HttpClient({}).check({.url = "http://a.org/?" + std::string(query)})) << query;
  }
  EXPECT_TRUE(HttpClient({}).check(plain));
  EXPECT_TRUE(client.check({.url = "https://example.org/"}));
  EXPECT_TRUE(client.check({.url = "http://localhost:8081/"}));
  HttpSettings allowed = with_token();
  allowed.allow.plain_http_token = true;
  EXPECT_TRUE(HttpClient(allowed).check(plain));
}

}  // namespace
}  // namespace sluice::io
