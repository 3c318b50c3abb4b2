#include "io/http_client.h"

#include <chrono>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/thread.h"
#include "io/http_rig.h"
#include "support/http_server.h"
#include "support/temporary_folder.h"

namespace sluice::io {
namespace {

using std::chrono::milliseconds;
using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

Result<HttpResponse> get(const std::string& url, HttpSettings settings = {},
                         HttpLimits limits = {}) {
  HttpRequest request;
  request.url = url;
  request.limits = limits;
  return HttpClient(std::move(settings)).send(request, {});
}

std::string packed(std::string_view text) {
  std::string out(text.size() + 1024, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
  const HttpServer server("HTTP/1.1 201 Made\r\nX-One: a b \r\nContent-Length: 5\r\n\r\nhello");
  const auto answer = get(server.url("/x?y=1"));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->header("x-oNE"), "a b");
  EXPECT_FALSE(answer->header("x-two"));
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->url, server.url("/x?y=1"));
  EXPECT_EQ(server.requests().at(0).target, "/x?y=1");
}

TEST(HttpClient, SendsMethodHeadersBodyAndAuthorization) {
  const HttpServer server("HTTP/1.1 204 None\r\n\r\n");
  HttpSettings settings;
  settings.user = "joe";
  settings.password = Secret("p:w");
  HttpClient client(settings);
  const HttpRequest request{.method = "PUT",
                            .url = server.url(),
                            .headers = {{"X-A", Secret("1")}, {"Content-Type", Secret("text/x")}},
                            .body = std::string("a\0b", 3)};
  ASSERT_TRUE(client.send(request, {}));
  const ServedRequest got = server.requests().at(0);
  EXPECT_EQ(got.method, "PUT");
  EXPECT_EQ(got.header("x-a"), "1");
  EXPECT_EQ(got.header("content-type"), "text/x");
  EXPECT_EQ(got.header("authorization"), "Basic am9lOnA6dw==");
  EXPECT_EQ(got.body, std::string("a\0b", 3));
}

TEST(HttpClient, ABodyIsNoFormAndNothingIsExpected) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  HttpSettings settings;
  settings.bearer = Secret("t0k");
  HttpClient client(settings);
  ASSERT_TRUE(
      client.send({.method = "POST", .url = server.url(), .body = std::string(1 << 21, 'x')}, {}));
  const ServedRequest got = server.requests().at(0);
  EXPECT_EQ(got.header("content-type"), "");
  EXPECT_EQ(got.header("expect"), "");
  EXPECT_EQ(got.header("authorization"), "Bearer t0k");
  EXPECT_EQ(got.body.size(), std::size_t{1} << 21U);
}

TEST(HttpClient, KeepsItsConnection) {
  const HttpServer server(
      [](const ServedRequest&, const HttpConnection& to) { return to.answer(200, "x"); });
  HttpClient client({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.send({.url = server.url()}, {}));
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClient, UnpacksGzipWithinTheLimit) {
  const std::string body = packed(std::string(1 << 20, 'a'));
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    return to.answer(200, body, "Content-Encoding: gzip\r\n");
  });
  EXPECT_EQ(get(server.url())->body.size(), std::size_t{1} << 20U);
  const std::string said = problem(get(server.url(), {}, {.body_bytes_max = 100'000}));
  EXPECT_TRUE(says(said, "user: GET " + server.url())) << said;
  EXPECT_TRUE(says(said, "more than 100000 bytes"));
  EXPECT_TRUE(says(server.requests().at(0).header("accept-encoding"), "gzip"));
}

TEST(HttpClient, BrokenGzipMayPass) {
  const HttpServer server(
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip");
  const std::string said = problem(get(server.url()));
  EXPECT_TRUE(says(said, "transient: GET " + server.url()));
  EXPECT_TRUE(says(said, "the packed answer is broken"));
}

TEST(HttpClient, GzipWithoutItsEndIsNoWholeAnswer) {
  const std::string body = packed("[1, 2, 3, 4, 5, 6, 7, 8, 9]");
  const std::string half = body.substr(0, body.size() - 9);
  for (const std::string& length : {std::string(), std::to_string(half.size())}) {
    const std::string header = length.empty() ? "" : "Content-Length: " + length + "\r\n";
    const HttpServer server("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + header + "\r\n" +
                            half);
    const std::string said = problem(get(server.url()));
    EXPECT_TRUE(says(said, "transient: "));
    EXPECT_TRUE(says(said, "before the answer was complete"));
  }
}

TEST(HttpClient, GzipMayHaveSeveralMembers) {
  const std::string body = packed("one ") + packed("two ") + packed("three");
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    return to.answer(200, body, "Content-Encoding: gzip\r\n");
  });
  EXPECT_EQ(get(server.url())->body, "one two three");
}

TEST(HttpClient, ARefusalMayBePackedBadly) {
  const HttpServer server([&](const ServedRequest& request, const HttpConnection& to) {
    const std::string packing = request.target == "/br" ? "br" : "gzip";
    return to.answer(503, "no gzip", "Content-Encoding: " + packing + "\r\n");
  });
  EXPECT_EQ(problem(get(server.url())), "status 503");
  EXPECT_EQ(problem(get(server.url("/br"))), "status 503");
}

TEST(HttpClient, APackingThatWasNotAskedForIsSaid) {
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    return to.answer(200, "x", "Content-Encoding: br\r\n");
  });
  EXPECT_TRUE(says(problem(get(server.url())), "the answer is packed as 'br'"));
}

TEST(HttpClient, ACutAnswerMayPass) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of it");
  const std::string said = problem(get(server.url()));
  EXPECT_TRUE(says(said, "transient: GET " + server.url() + ": answer failed address=127.0.0.1"));
  EXPECT_TRUE(says(said, "before the answer was complete"));
}

TEST(HttpClient, AnAnswerCutInsideAChunkMayPass) {
  const HttpServer server(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\nA\r\n01");
  EXPECT_TRUE(says(problem(get(server.url())), "transient: "));
}

TEST(HttpClient, MoreThanContentLengthIsNotTaken) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 bad");
  HttpClient client({});
  EXPECT_EQ(client.send({.url = server.url()}, {})->body, "good");
  EXPECT_EQ(client.send({.url = server.url()}, {})->body, "good");
}

TEST(HttpClient, NoAnswerAtAllMayPass) {
  const HttpServer server(std::string{});
  EXPECT_TRUE(says(problem(get(server.url())), "transient: GET"));
}

TEST(HttpClient, WhatIsNoHttpIsAnError) {
  const HttpServer server("SSH-2.0-OpenSSH_9\r\n");
  const std::string said = problem(get(server.url()));
  EXPECT_TRUE(says(said, "user: "));
  EXPECT_TRUE(says(said, "speaks no HTTP"));
}

TEST(HttpClient, TooManyHeadersAreRefused) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-More: " + std::string(8000, 'x') + "\r\n";
    while (to.send(line)) {
    }
    return false;
  });
  EXPECT_TRUE(says(problem(get(server.url())), "more than 256 KiB of headers"));
}

TEST(HttpClient, AnEndlessHeaderIsRefused) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\nX-Long: ");
    while (to.send(std::string(8000, 'x'))) {
    }
    return false;
  });
  EXPECT_FALSE(get(server.url()));
}

TEST(HttpClient, ASlowAnswerTimesOut) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
    to.hang();
    return false;
  });
  const std::string said = problem(get(server.url(), {}, {.timeout = milliseconds(150)}));
  EXPECT_TRUE(says(said, "transient: ")) << said;
  EXPECT_TRUE(says(said, "answer failed")) << said;
}

TEST(HttpClient, NothingListensThere) {
  std::string url;
  {
    url = HttpServer(std::string{}).url();
  }
  const std::string said = problem(get(url));
  EXPECT_TRUE(says(said, "transient: GET " + url + ": connect failed host=127.0.0.1")) << said;
}

TEST(HttpClient, ReachesAServerWithoutARequest) {
  std::string url;
  {
    const HttpServer server("");
    url = server.url();
    EXPECT_TRUE(HttpClient({}).reach({.url = url}, {}));
    EXPECT_TRUE(server.requests().empty());
  }
  const auto gone = HttpClient({}).reach({.url = url}, {});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind(), Kind::kTransient);
}

TEST(HttpClient, AHostWithoutAddress) {
  const std::string said = problem(get("http://no-such-host.invalid/"));
  EXPECT_TRUE(says(said, "resolve failed host=no-such-host.invalid port=80")) << said;
  EXPECT_TRUE(says(said, "transient: ")) << said;
}

TEST(HttpClient, TlsWithWhoDoesNotSpeakIt) {
  const HttpServer server("HTTP/1.1 400 Bad\r\n\r\n");
  std::string url = server.url();
  url.insert(4, "s");
  const std::string said = problem(get(url));
  EXPECT_TRUE(says(said, "user: GET " + url + ": TLS failed address=127.0.0.1"));
  EXPECT_TRUE(says(said, "is it http:// instead of https://?"));
}

TEST(HttpClient, AMissingCertificateFileIsNamed) {
  HttpSettings settings;
  settings.tls.ca_file = "/nowhere/ca.pem";
  EXPECT_TRUE(says(problem(get("https://127.0.0.1:1/", settings)),
                   "user: the certificate or key "
                   "file=/nowhere/ca.pem"));
}

TEST(HttpClient, AStopEndsARequestAtOnce) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.hang();
    return false;
  });
  std::stop_source stop;
  const auto stopper = start_thread(
      "stopper",
      [&](const std::stop_token&) {
        while (server.requests().empty()) std::this_thread::yield();
        stop.request_stop();
      },
      [](const Error&) {});
  HttpClient client({});
  EXPECT_EQ(problem(client.send({.url = server.url()}, stop.get_token())), "cancelled: stopped");
}

TEST(HttpClient, AHeaderCannotHoldALine) {
  HttpClient client({});
  const HttpServer server("");
  const auto answer =
      client.send({.url = server.url(), .headers = {{"X-A", Secret("1\r\nX-B: 2")}}}, {});
  EXPECT_TRUE(says(problem(answer), "user: header 'X-A' cannot be sent"));
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, StreamsAnEndlessBody) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\nX-Kind: endless\r\n\r\n");
    while (to.send("0123456789")) {
    }
    return false;
  });
  std::string taken;
  HttpClient client({});
  const auto answer = client.stream(
      {.url = server.url(), .limits = {.timeout = milliseconds(0), .body_bytes_max = 1}},
      [&](const HttpResponse& head, std::string_view bytes) -> Status {
        EXPECT_EQ(head.header("x-kind"), "endless");
        taken += bytes;
        return taken.size() < 1'000'000 ? Status() : user_error("enough");
      },
      {});
  EXPECT_EQ(problem(answer), "user: enough");
  EXPECT_EQ(taken.substr(0, 12), "012345678901");
}

TEST(HttpClient, AStreamSaysWhenAllThatCameIsTaken) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\n\r\nfirst");
    to.hang();
    return false;
  });
  std::string taken;
  HttpClient client({});
  const auto answer = client.stream({.url = server.url()},
                                    [&](const HttpResponse&, std::string_view bytes) -> Status {
                                      if (bytes.empty()) return user_error("all: " + taken);
                                      taken += bytes;
                                      return {};
                                    },
                                    {});
  EXPECT_EQ(problem(answer), "user: all: first");
}

TEST(HttpClient, ASilentStreamTimesOut) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    to.send("HTTP/1.1 200 OK\r\n\r\nbegun");
    to.hang();
    return false;
  });
  HttpClient client({});
  const auto answer =
      client.stream({.url = server.url(), .limits = {.silence_timeout = milliseconds(100)}},
                    [](const HttpResponse&, std::string_view) { return Status(); }, {});
  EXPECT_TRUE(says(problem(answer), "nothing came for"));
}

TEST(HttpClient, ARefusedStreamKeepsItsText) {
  const HttpServer server("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno!");
  HttpClient client({});
  const auto answer = client.stream(
      {.url = server.url()},
      [](const HttpResponse&, std::string_view) -> Status { return internal_error("taken"); }, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "no!");
}

}  // namespace
}  // namespace sluice::io
