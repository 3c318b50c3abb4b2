#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

/// The status that a whole head is refused with; 0: it is not.
int refused(const std::string& head) {
  const Limits limits;
  if (const auto refusal = check_head_bytes(head, limits)) return refusal->status;
  RequestParser parser(limits);
  const auto refusal = parser.take_head(head);
  return refusal ? refusal->status : 0;
}

int refused_with(const std::string& headers) {
  return refused("POST /a HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
}

TEST(RequestParser, HeadComesApart) {
  const Limits limits;
  RequestParser parser(limits);
  ASSERT_FALSE(parser.take_head("POST /a?b HTTP/1.1\r\nHOST: h\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(parser.head().method, "POST");
  EXPECT_EQ(parser.head().target, "/a?b");
  EXPECT_EQ(parser.head().header("host"), "h");
  EXPECT_TRUE(parser.head().keep_alive);
  std::size_t taken = 0;
  ASSERT_FALSE(parser.take_body("hel", taken));
  EXPECT_FALSE(parser.is_done());
  ASSERT_FALSE(parser.take_body("loGET /", taken));
  EXPECT_EQ(taken, 2U);
  EXPECT_TRUE(parser.is_done());
  EXPECT_EQ(std::move(parser).body(), "hello");
}

TEST(RequestParser, ChunksAreJoined) {
  const Limits limits;
  RequestParser parser(limits);
  ASSERT_FALSE(
      parser.take_head("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"));
  std::size_t taken = 0;
  const std::string body = "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
  ASSERT_FALSE(parser.take_body(body, taken));
  EXPECT_EQ(taken, body.size());
  EXPECT_TRUE(parser.is_done());
  EXPECT_EQ(std::move(parser).body(), "abcde");
}

TEST(RequestParser, HeadsThatSmuggleAreRefused) {
  EXPECT_EQ(refused_with(""), 0);
  EXPECT_EQ(refused_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(refused_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(refused_with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(refused_with("Content-Length: 5, 5\r\n"), 400);
  EXPECT_EQ(refused_with("Content-Length: +5\r\n"), 400);
  EXPECT_EQ(refused_with("Content-Length: 99999999999999999999\r\n"), 400);
  EXPECT_EQ(refused_with("Transfer-Encoding: identity\r\n"), 501);
  EXPECT_EQ(refused_with("Transfer-Encoding: gzip, chunked\r\n"), 501);
  EXPECT_EQ(refused_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(refused_with("Transfer-Encoding: \x0b"
                         "chunked\r\n"),
            400);
  EXPECT_EQ(refused_with("Host: b\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(RequestParser, LinesThatOthersReadOtherwiseAreRefused) {
  EXPECT_EQ(refused("GET / HTTP/1.1\nHost: a\n\n"), 400);
  EXPECT_EQ(refused_with("A: b\n"), 400);
  EXPECT_EQ(refused_with("A: b\rc\r\n"), 400);
  EXPECT_EQ(refused_with("A: b\r\n c\r\n"), 400);
  EXPECT_EQ(refused_with("A : b\r\n"), 400);
  EXPECT_EQ(refused_with("A\r\n"), 400);
  EXPECT_EQ(refused_with(": b\r\n"), 400);
  EXPECT_EQ(refused_with(std::string("A: b\0c\r\n", 8)), 400);
  EXPECT_EQ(refused("GET /\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
}

TEST(RequestParser, LimitsHold) {
  const std::string name = "A: " + std::string(1000, 'x') + "\r\n";
  std::string large;
  while (large.size() < 15'000) large += name;
  EXPECT_EQ(refused_with(large), 0);
  EXPECT_EQ(refused_with(large + name + name), 431);
  std::string many;
  for (int i = 0; i < 63; ++i) many += "A: b\r\n";
  EXPECT_EQ(refused_with(many), 0);
  EXPECT_EQ(refused_with(many + "A: b\r\n"), 431);
  EXPECT_EQ(refused("GET /" + std::string(17'000, 'a')), 414);
  EXPECT_EQ(refused_with("Content-Length: 1048576\r\n"), 0);
  EXPECT_EQ(refused_with("Content-Length: 1048577\r\n"), 413);
}

TEST(RequestParser, ChunkedBodyHasALimitToo) {
  Limits limits;
  limits.body_bytes_max = 4;
  RequestParser parser(limits);
  ASSERT_FALSE(
      parser.take_head("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::size_t taken = 0;
  const auto refusal = parser.take_body("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", taken);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 413);
}

}  // namespace
}  // namespace sluice::http
