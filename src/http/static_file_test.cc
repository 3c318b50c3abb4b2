#include "http/static_file.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

constexpr StaticFile kFile{"/a.js", "text/javascript", "v1", "plain", "zipped"};

Response served(const Pairs& headers) {
  Request request;
  request.headers = headers;
  return static_response(kFile, request);
}

TEST(StaticFile, ComesCompressedWhereThatIsTaken) {
  EXPECT_EQ(served({}).bytes(), "plain");
  EXPECT_EQ(served({{"accept-encoding", "br, gzip;q=0.5"}}).bytes(), "zipped");
  EXPECT_EQ(served({{"accept-encoding", "gzip;q=0"}}).bytes(), "plain");
  EXPECT_EQ(value_of(served({{"accept-encoding", "gzip"}}).headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(value_of(served({}).headers, "Vary"), "Accept-Encoding");
}

TEST(StaticFile, WhatTheClientHasDoesNotComeAgain) {
  EXPECT_EQ(served({{"if-none-match", "\"v0\", W/\"v1\""}}).status, 304);
  EXPECT_EQ(served({{"if-none-match", "\"v0\""}}).status, 200);
  EXPECT_EQ(served({{"if-none-match", "\"v1-gzip\""}}).status, 200);
  EXPECT_EQ(served({{"if-none-match", "\"v1-gzip\""}, {"accept-encoding", "gzip"}}).status, 304);
}

}  // namespace
}  // namespace sluice::http
