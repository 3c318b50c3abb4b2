#include "http/target.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

TEST(Target, PathIsDecodedOnceAndAfterItWasSplit) {
  const auto target = Target::parse("/api/a%2Fb%2520c/%C3%A9?x=1%262&y=a+b&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"api", "a/b%20c", "é"}));
  EXPECT_EQ(target->path, "/api/a/b%20c/é");
  EXPECT_EQ(target->query, (Pairs{{"x", "1&2"}, {"y", "a b"}, {"z", ""}}));
}

TEST(Target, WhatTwoReadersCouldTakeForTwoThingsIsRefused) {
  for (const char* text : {"",
                           "*",
                           "api",
                           "/..",
                           "/a/../b",
                           "/%2e%2e/b",
                           "/.%2E",
                           "/./a",
                           "/a%00",
                           "/a%",
                           "/a%4",
                           "/%zz",
                           "/%c0%af",
                           "/%ed%a0%80",
                           "/a%0d%0aSet-Cookie:x",
                           "/a#b",
                           "/a?x=%",
                           "/a?x=%00",
                           "//..",
                           "ftp://host/",
                           "http://",
                           "http:///a",
                           "http://us:er@host/",
                           "http://host:x/"}) {
    EXPECT_FALSE(Target::parse(text)) << text;
  }
}

TEST(Target, TooManyPartsAreRefused) {
  std::string path;
  for (int i = 0; i < 40; ++i) path += "/a";
  EXPECT_FALSE(Target::parse(path));
  std::string query = "/?";
  for (int i = 0; i < 70; ++i) query += "a=1&";
  EXPECT_FALSE(Target::parse(query));
}

TEST(Target, AbsoluteForm) {
  const auto target = Target::parse("HTTP://Localhost:80?x=1");
  ASSERT_FALSE(target);  // A query without a path: RFC 9112 asks for one.
  const auto whole = Target::parse("HTTP://Localhost:80/a");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->authority, "localhost:80");
  EXPECT_EQ(whole->path, "/a");
}

TEST(Target, HostNames) {
  EXPECT_EQ(host_name("LocalHost:80"), "localhost");
  EXPECT_EQ(host_name("[::1]:80"), "::1");
  EXPECT_EQ(host_name("127.0.0.1"), "127.0.0.1");
  for (const char* text : {"", ":80", "a:", "a:b", "a:123456", "[::1", "[x]", "[::1]x", "a b",
                           "a@b", "a/b", "::1", "a,b"}) {
    EXPECT_FALSE(host_name(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::http
