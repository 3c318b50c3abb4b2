#include "http/server.h"

#include <atomic>
#include <future>
#include <stdexcept>

#include "http/broadcast.h"
#include "http/server_rig.h"

namespace sluice::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Routes one_route() {
  Routes routes;
  routes.add("GET", "/a", answer("\"a\""));
  routes.add("POST", "/change", [](const Request& request) {
    return Response::json(std::to_string(request.body.size()));
  });
  return routes;
}

TEST(Server, AnswersOneAfterTheOtherOnOneConnection) {
  ServerRig rig(one_route());
  RawClient client(rig.server().url());
  const std::string request = "GET /a HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n";
  client.send(request + request + "POST /change HTTP/1.1\r\nHost: " + rig.host() + "\r\n" +
              std::string(kJsonType) + "Content-Length: 3\r\n\r\nabc" + request);
  for (const char* body : {"\r\n\r\n\"a\"", "\r\n\r\n\"a\"", "\r\n\r\n3", "\r\n\r\n\"a\""}) {
    EXPECT_EQ(status_in(client.read_to(body)), 200);
  }
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  ServerRig rig(one_route());
  const std::string head = rig.ask("HEAD /a");
  EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_EQ(status_in(rig.ask("HEAD /change")), 405);
}

TEST(Server, EveryAnswerHasTheHeadersOfSecurity) {
  ServerRig rig(one_route());
  for (const char* line : {"GET /a", "GET /nothing", "BAD/ /a"}) {
    const std::string response = rig.ask(line);
    for (const char* header : {"Content-Security-Policy: default-src 'none'; script-src 'self'",
                               "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
                               "Cross-Origin-Opener-Policy: same-origin", "Cache-Control: no-store",
                               "Cross-Origin-Resource-Policy: same-origin", "Server: sluice\r\n"}) {
      EXPECT_NE(response.find(header), std::string::npos) << line << ": " << header;
    }
  }
}

TEST(Server, WhatAHandlerThrowsIsAnAnswerAndALine) {
  Routes routes;
  routes.add("GET", "/throws", [](const Request&) -> Result<Response> {
    return Response::json(std::string(1, '\0').substr(2));
  });
  routes.add(
      "GET", "/long",
      [](const Request&) -> Result<Response> {
        return Response::json(std::string(1, '\0').substr(2));
      },
      Pace::kLong);
  routes.add("GET", "/error", [](const Request&) -> Result<Response> {
    return Error(Kind::kConflict, "E_STATE: it is paused");
  });
  testing::internal::CaptureStderr();
  ServerRig rig(std::move(routes));
  for (const char* line : {"GET /throws", "GET /long"}) {
    const std::string response = rig.ask(line);
    EXPECT_EQ(status_in(response), 500);
    EXPECT_EQ(response.find("substr"), std::string::npos);
  }
  EXPECT_EQ(status_in(rig.ask("GET /error")), 409);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("http GET /long: basic_string::substr"),
            std::string::npos);
}

TEST(Server, HandlersThatTakeLongLeaveTheOthersAlone) {
  std::promise<void> running;
  std::promise<void> release;
  Routes routes = one_route();
  routes.add(
      "GET", "/long",
      [&](const Request&) {
        running.set_value();
        release.get_future().wait();
        return Response::json("1");
      },
      Pace::kLong);
  ServerOptions options;
  options.limits.handler_threads = 1;
  options.limits.handlers_waiting_max = 0;
  ServerRig rig(std::move(routes), options);
  RawClient client(rig.server().url());
  client.send("GET /long HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
  running.get_future().wait();
  EXPECT_EQ(status_in(rig.ask("GET /a")), 200);
  const std::string busy = rig.ask("GET /long");
  EXPECT_EQ(status_in(busy), 503);
  EXPECT_NE(busy.find("Retry-After: 1\r\n"), std::string::npos);
  release.set_value();
  EXPECT_EQ(status_in(client.read_to("\r\n\r\n1")), 200);
}

TEST(Server, RequestsThatTrickleEnd) {
  ServerOptions options;
  options.limits.request_timeout = milliseconds(200);
  ServerRig rig(one_route(), options);
  RawClient head(rig.server().url());
  head.send("GET /a HTTP/1.1\r\nHost: a");
  EXPECT_EQ(status_in(head.read_all()), 408);
  RawClient body(rig.server().url());
  body.send("POST /change HTTP/1.1\r\nHost: " + rig.host() + "\r\n" + std::string(kJsonType) +
            "Content-Length: 3\r\n\r\na");
  EXPECT_EQ(status_in(body.read_all()), 408);
  RawClient silent(rig.server().url());
  EXPECT_EQ(silent.read_all(), "");
}

TEST(Server, IdleConnectionsEnd) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds(100);
  ServerRig rig(one_route(), options);
  RawClient client(rig.server().url());
  client.send("GET /a HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("\"a\""));
}

TEST(Server, IdleConnectionsGiveWay) {
  ServerOptions options;
  options.limits.connections_max = 2;
  ServerRig rig(one_route(), options);
  RawClient first(rig.server().url());
  RawClient second(rig.server().url());
  EXPECT_EQ(status_in(rig.ask("GET /a")), 200);
  EXPECT_EQ(first.read_all(), "");
}

TEST(Server, AsksBeforeABodyThatIsRefused) {
  ServerRig rig(one_route());
  RawClient client(rig.server().url());
  const std::string head = "POST /change HTTP/1.1\r\nHost: " + rig.host() + "\r\n" +
                           std::string(kJsonType) + "Expect: 100-continue\r\nContent-Length: ";
  client.send(head + "3\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_TRUE(client.read_to("\r\n\r\n3").ends_with("3"));
  client.send(head + "9999999\r\n\r\n");
  EXPECT_EQ(status_in(client.read_all()), 413);
}

TEST(Server, TokenOpensWhatItGuards) {
  Routes routes = one_route();
  routes.add("GET", "/healthz", answer("1"), Pace::kQuick, Access::kOpen);
  ServerOptions options;
  options.token = Secret("0123456789abcdef");
  options.limits.failed_login_delay = milliseconds(1);
  ServerRig rig(std::move(routes), options);
  EXPECT_EQ(status_in(rig.ask("GET /healthz")), 200);
  EXPECT_EQ(status_in(rig.ask("GET /a")), 401);
  EXPECT_EQ(status_in(rig.ask("GET /nothing")), 401);
  EXPECT_EQ(status_in(rig.ask("GET /a", "Authorization: Bearer 0123456789abcdeX\r\n")), 401);
  EXPECT_EQ(status_in(rig.ask("GET /a", "Authorization: Bearer 0123456789abcdef\r\n")), 200);
  const std::string login =
      rig.ask("POST /api/login", std::string(kJsonType), "{\"token\": \"0123456789abcdef\"}");
  EXPECT_EQ(status_in(login), 200);
  const std::size_t at = login.find("Set-Cookie: ") + 12;
  const std::string cookie = login.substr(at, login.find(';', at) - at);
  EXPECT_EQ(status_in(rig.ask("GET /a", "Cookie: " + cookie + "\r\n")), 200);
}

TEST(Server, PortThatIsTaken) {
  ServerRig rig(one_route());
  SeededRandom random{1};
  ServerOptions options;
  options.address = rig.host();
  options.address_option = "--ui ADDRESS:PORT";
  const auto second = Server::start(options, one_route(), random);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), Kind::kUser);
  EXPECT_EQ(second.error().message(),
            "cannot listen on " + rig.host() +
                ": the port is taken by another process; give another one in "
                "--ui ADDRESS:PORT, or port 0 for any that is free");
  options.next_free_port = true;
  const auto third = Server::start(options, one_route(), random);
  ASSERT_TRUE(third) << third.error().message();
  EXPECT_NE((*third)->url(), rig.server().url());
}

TEST(Server, FilesOfTlsThatCannotBeUsed) {
  SeededRandom random{1};
  ServerOptions options;
  options.address = "0";
  options.tls = TlsFiles{"/none.pem", "/none.key"};
  const auto started = Server::start(options, one_route(), random);
  ASSERT_FALSE(started);
  EXPECT_TRUE(
      started.error().message().starts_with("tls: the certificate cannot be used file=/none.pem: "))
      << started.error().message();
}

TEST(Server, StopEndsStreamsAndHandlers) {
  Broadcast events(
      "r", {.opened = [](const auto&) { return std::vector<Event>{{"hello", "1"}}; }, .gone = {}});
  Routes routes;
  routes.add_stream("/events", events);
  std::atomic<bool> is_running = false;
  routes.add(
      "GET", "/long",
      [&](const Request& request) {
        is_running = true;
        while (!request.stop.stop_requested()) std::this_thread::yield();
        return Response::json("\"stopped\"");
      },
      Pace::kLong);
  ServerRig rig(std::move(routes));
  RawClient stream(rig.server().url());
  stream.send("GET /events HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
  EXPECT_EQ(status_in(stream.read_to("data: 1\n\n")), 200);
  RawClient asking(rig.server().url());
  asking.send("GET /long HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
  while (!is_running) std::this_thread::yield();
  const auto before = steady_clock::now();
  rig.server().stop();
  EXPECT_LT(steady_clock::now() - before, std::chrono::seconds(1));
  EXPECT_EQ(stream.read_all(), "");
  EXPECT_TRUE(events.streams().empty());
  EXPECT_EQ(rig.server().counts().connections, 0U);
}

TEST(Server, StreamComesOnAndGoesOn) {
  std::promise<StreamId> gone;
  Broadcast events("r", {.opened = [](const auto&) { return std::vector<Event>{{"hello", "1"}}; },
                         .gone = [&](StreamId id) { gone.set_value(id); }});
  Routes routes;
  routes.add_stream("/events", events);
  ServerRig rig(std::move(routes));
  {
    RawClient stream(rig.server().url());
    stream.send("GET /events HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
    const std::string head = stream.read_to("data: 1\n\n");
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
    for (int i = 0; i < 100; ++i) events.publish({"a", std::to_string(i)});
    EXPECT_TRUE(stream.read_to("data: 99\n\n").starts_with("id: r-1\nevent: a\ndata: 0\n\n"));
  }
  EXPECT_EQ(gone.get_future().get(), 1U);
}

TEST(Server, ReaderThatDoesNotReadHoldsNobodyUp) {
  std::atomic<bool> is_last = false;
  const auto opened = [&](const auto&) {
    return std::vector<Event>{{"hello", is_last ? "last" : "first"}};
  };
  Broadcast events("r", {.opened = opened, .gone = {}});
  Routes routes;
  routes.add_stream("/events", events);
  ServerRig rig(std::move(routes));
  RawClient stream(rig.server().url());
  stream.send("GET /events HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
  stream.read_to("data: first\n\n");
  const std::string large(100'000, 'x');
  for (int i = 0; i < 1000; ++i) events.publish({"a", large});
  is_last = true;
  events.publish({"a", "last"});
  // Most is lost, but the last state comes: as an event, or in another opening.
  EXPECT_LT(stream.read_to("data: last\n").size(), 50'000'000U);
}

}  // namespace
}  // namespace sluice::http
