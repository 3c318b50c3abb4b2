#include "connectors/http/paging.h"

#include <gtest/gtest.h>

namespace sluice::connectors::http {
namespace {

io::HttpResponse answer(std::string body, std::string link = "") {
  io::HttpResponse out;
  out.status = 200;
  out.url = "https://a.org/v1/items?page=1";
  out.body = std::move(body);
  if (!link.empty()) out.headers.emplace_back("LINK", std::move(link));
  return out;
}

std::string after(const io::HttpResponse& from, const Paging& paging) {
  formats::JsonParts json;
  const auto next = page_after(from, paging, json);
  return next ? next->value_or("last") : "error: " + next.error().message();
}

TEST(Paging, NextLinkOfSeveral) {
  EXPECT_EQ(
      next_link(R"(<https://a.org/?page=1,2>; rel="prev", <https://a.org/?page=3>; rel="next")"),
      "https://a.org/?page=3");
  EXPECT_EQ(next_link(R"(</a>; title="x"; REL=next)"), "/a");
  EXPECT_EQ(next_link(R"(</a>; rel="last next")"), "/a");
  EXPECT_EQ(next_link(R"(</a>; rel="nextish")"), std::nullopt);
  EXPECT_EQ(next_link("nothing"), std::nullopt);
  EXPECT_EQ(next_link("<cut"), std::nullopt);
}

TEST(Paging, TheAnswerNamesThePageAfterIt) {
  EXPECT_EQ(after(answer("[]", R"(<?page=2>; rel="next")"), {.link = true}),
            "https://a.org/v1/items?page=2");
  EXPECT_EQ(after(answer("[]"), {.link = true}), "last");
  EXPECT_EQ(after(answer(R"({"links": {"next": "/v1/x"}})"), {.next = "/links/next"}),
            "https://a.org/v1/x");
  for (const char* body : {R"({"links": {"next": null}})", "{}", R"({"links": {"next": ""}})"}) {
    EXPECT_EQ(after(answer(body), {.next = "/links/next"}), "last") << body;
  }
  EXPECT_EQ(after(answer(R"({"c": 17})"), {.cursor = "/c", .cursor_parameter = "after"}), "17");
  EXPECT_EQ(after(answer(R"({"c": "a/b=="})"), {.cursor = "/c", .cursor_parameter = "after"}),
            "a/b==");
}

TEST(Paging, WhatLeadsNowhereIsAnError) {
  EXPECT_TRUE(after(answer("<html>"), {.next = "/next"}).starts_with("error: it is not JSON"));
  EXPECT_TRUE(after(answer(R"({"next": "ftp://b.org/"})"), {.next = "/next"})
                  .starts_with("error: url=ftp://b.org/ cannot be requested"));
}

TEST(Paging, SecretsOfTheUrlAreNotKept) {
  const std::string url = "https://a.org/x?api_key=k3y&size=5";
  const std::string page = "https://a.org/x?size=5&api_key=k3y&page_token=abc";
  const std::string kept = without_secrets(page, url);
  EXPECT_EQ(kept, "https://a.org/x?size=5&api_key=***&page_token=abc");
  EXPECT_EQ(with_secrets(kept, url), page);
  EXPECT_EQ(without_secrets("https://a.org/x?api_key=k3y2", url), "https://a.org/x?api_key=k3y2");
}

TEST(Paging, SecretsAreTheSameHoweverTheyAreWritten) {
  const std::string url = "https://a.org/x?key=abc/def%3D%3D&sig=s1&code=c0de";
  const std::string page = "https://a.org/x?after=2&key=abc%2Fdef%3D%3D&code=c%30de&sig=s%31";
  const std::string kept = without_secrets(page, url);
  EXPECT_EQ(kept, "https://a.org/x?after=2&key=***&code=***&sig=***");
  EXPECT_EQ(with_secrets(kept, url), "https://a.org/x?after=2&key=abc/def%3D%3D&code=c0de&sig=s1");
}

TEST(Paging, OfASecretUrlNothingIsKept) {
  const std::string url = "https://a.org/hook/T0p/list?size=5";
  const std::string page = "https://a.org/v2/T0p/pages/list?size=5&after=7";
  const std::string kept = without_secrets(page, url, true);
  EXPECT_EQ(kept, "https://a.org/v2/***1/pages/***2?size=***&after=7");
  EXPECT_EQ(with_secrets(kept, url, true), page);
  EXPECT_EQ(with_secrets(without_secrets(url, url, true), url, true), url);
  EXPECT_EQ(with_secrets("https://a.org/***9/***", url, true), "https://a.org/***9/***");
}

TEST(Endpoint, AParameterIsSetInTheQuery) {
  EXPECT_EQ(with_parameter("https://a.org/x", "after", "a b/c=&"),
            "https://a.org/x?after=a%20b%2Fc%3D%26");
  EXPECT_EQ(with_parameter("https://a.org/x?after=1&n=2", "after", "3"),
            "https://a.org/x?n=2&after=3");
}

}  // namespace
}  // namespace sluice::connectors::http
