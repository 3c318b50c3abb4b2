#include "connectors/http/http_source.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "connectors/http/http_source_rig.h"
#include "support/captured_log.h"

namespace sluice::connectors::http {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

TEST_F(HttpSourceTest, AnAnswerThatDidNotChangeIsNotTakenAgain) {
  Board board;
  const HttpServer server(board.handler());
  board.put("[1, 2]");
  EXPECT_EQ(poll({{"url", text(server.url())}}), (Texts{"1", "2"}));
  EXPECT_EQ(poll({{"url", text(server.url())}}), Texts{});
  board.put("[2, 3]");
  EXPECT_EQ(poll({{"url", text(server.url())}}), (Texts{"2", "3"}));
}

TEST_F(HttpSourceTest, ATagIsGivenBackAlsoByTheNextRun) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    if (request.header("if-none-match") == "\"v1\"") return to.answer(304, "");
    return to.answer(200, "[1]",
                     "ETag: \"v1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  });
  EXPECT_EQ(poll({{"url", text(server.url())}}), Texts{"1"});
  EXPECT_EQ(poll({{"url", text(server.url())}}), Texts{});
  EXPECT_EQ(server.requests().at(1).header("if-modified-since"), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_F(HttpSourceTest, UniqueLeavesOutWhatCameBefore) {
  Board board;
  const HttpServer server(board.handler());
  const Given given = {
      {"url", text(server.url())}, {"unique", text("/id")}, {"records", text("/items")}};
  board.put(R"({"items": [{"id": 1}, {"id": 2}, {"id": 1, "again": true}]})");
  EXPECT_EQ(poll(given), (Texts{R"({"id": 1})", R"({"id": 2})"}));
  board.put(R"({"items": [{"id": 3}, {"id": 2}]})");
  EXPECT_EQ(poll(given), Texts{R"({"id": 3})"});
  lose_folder();
  CapturedLog logged(LogLevel::kWarn);
  EXPECT_EQ(poll(given), (Texts{R"({"id": 3})", R"({"id": 2})"}));
  EXPECT_NE(logged.text().find("what was remembered of the feed is not there"), std::string::npos);
}

TEST_F(HttpSourceTest, MemoryThatIsNewerThanTheCheckpointIsAnError) {
  Board board;
  const HttpServer server(board.handler());
  const Given given = {{"url", text(server.url())}, {"unique", text("/id")}};
  board.put(R"([{"id": 1}])");
  poll(given);
  const auto older = offset_;
  board.put(R"([{"id": 1}, {"id": 2}])");
  poll(given);
  offset_ = older;
  EXPECT_EQ(poll(given), Texts{});
  EXPECT_NE(problem_.find("corruption: E_MEMORY_AHEAD"), std::string::npos) << problem_;
}

TEST_F(HttpSourceTest, MoreRecordsThanAreRememberedIsAnError) {
  const HttpServer server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2,3,4]");
  poll({{"url", text(server.url())}, {"unique", text("/id")}, {"remember", text("3")}});
  EXPECT_NE(problem_.find("user: E_TOO_MANY_IDS: an answer has more than 3 records"),
            std::string::npos)
      << problem_;
}

/// Pages of two records, of a list that grows: /items?page=N.
class Pages {
 public:
  void grow(int records) { records_ += records; }
  std::string page(int number) const {
    std::string items;
    const int end = std::min<int>(records_, number * 2 + 2);
    for (int i = number * 2; i < end; ++i) items += (items.empty() ? "" : ",") + std::to_string(i);
    const bool more = records_ > number * 2 + 2;
    return "{\"items\": [" + items + "], \"next\": " +
           (more ? "\"/items?api_key=s3cret&page=" + std::to_string(number + 1) + "\"" : "null") +
           "}";
  }
  HttpServer::Handler handler() {
    return [this](const ServedRequest& request, const HttpConnection& to) {
      const std::size_t at = request.target.find("page=");
      const int number = at == std::string::npos ? 0 : std::stoi(request.target.substr(at + 5));
      return to.answer(200, page(number));
    };
  }

 private:
  std::atomic<int> records_ = 0;
};

TEST_F(HttpSourceTest, PagesAreWalkedAndTheLastOneIsAskedForAgain) {
  Pages pages;
  const HttpServer server(pages.handler());
  const Given given = {{"url", text(server.url("/items?api_key=s3cret"))},
                       {"records", text("/items")},
                       {"page", map({{"next", text("/next")}})}};
  pages.grow(5);
  EXPECT_EQ(poll(given), (Texts{"0", "1", "2", "3", "4"}));
  EXPECT_EQ(poll(given), Texts{});
  pages.grow(2);
  EXPECT_EQ(poll(given), (Texts{"5", "6"}));
  EXPECT_EQ(offset_->json.find("s3cret"), std::string::npos) << offset_->json;
  lose_folder();  // the offset is enough
  pages.grow(1);
  EXPECT_EQ(poll(given), Texts{"7"});
  for (const auto& request : server.requests()) {
    EXPECT_NE(request.target.find("api_key=s3cret"), std::string::npos) << request.target;
  }
}

TEST_F(HttpSourceTest, APageThatShrankIsAnError) {
  Board board;
  const HttpServer server(board.handler());
  const Given given = {{"url", text(server.url())}, {"page", map({{"link", text("true")}})}};
  board.put("[1, 2]");
  EXPECT_EQ(poll(given), (Texts{"1", "2"}));
  board.put("[2]");
  EXPECT_EQ(poll(given), Texts{});
  EXPECT_NE(problem_.find("user: E_PAGE_SHRANK"), std::string::npos) << problem_;
}

TEST_F(HttpSourceTest, PagesInACircleAreAnError) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    const std::string next = request.target == "/a" ? "/b" : "/a";
    return to.answer(200, "[]", "Link: <" + next + ">; rel=\"next\"\r\n");
  });
  poll({{"url", text(server.url("/a"))},
        {"page", map({{"link", text("true")}})},
        {"unique", text("/id")}});
  EXPECT_NE(problem_.find("user: E_PAGES_IN_A_CIRCLE"), std::string::npos) << problem_;
}

TEST_F(HttpSourceTest, ACursorGoesIntoTheQuery) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    const bool first = request.target.find("after=") == std::string::npos;
    return to.answer(200, first ? R"({"items": [1], "cursor": "x/1"})" : R"({"items": [2]})");
  });
  EXPECT_EQ(poll({{"url", text(server.url("/e?n=5"))},
                  {"records", text("/items")},
                  {"page", map({{"cursor", text("/cursor")}, {"parameter", text("after")}})}}),
            (Texts{"1", "2"}));
  EXPECT_EQ(server.requests().at(1).target, "/e?n=5&after=x%2F1");
}

TEST_F(HttpSourceTest, SinceAsksForWhatIsNew) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    return to.answer(200, request.target == "/?from=0" ? R"([{"t": 9}, {"t": 10}])" : "[]");
  });
  const Given given = {
      {"url", text(server.url())},
      {"since", map({{"value", text("/t")}, {"parameter", text("from")}, {"start", text("0")}})}};
  EXPECT_EQ(poll(given).size(), 2U);
  EXPECT_EQ(poll(given), Texts{});
  EXPECT_EQ(server.requests().at(1).target, "/?from=10");
}

TEST_F(HttpSourceTest, LinesAndTheWhole) {
  Board board;
  const HttpServer server(board.handler());
  board.put("id;name\r\n1;a\r\n\r\n2;b");
  EXPECT_EQ(
      poll({{"url", text(server.url())}, {"answer", text("lines")}, {"skip_lines", text("1")}}),
      (Texts{"1;a", "2;b"}));
  board.put("any\nthing");
  EXPECT_EQ(poll({{"url", text(server.url())}, {"answer", text("whole")}}), Texts{"any\nthing"});
  board.put("{\"a\":1}\n{\"a\":2}\n", "Content-Type: application/x-ndjson\r\n");
  EXPECT_EQ(poll({{"url", text(server.url())}}), (Texts{"{\"a\":1}", "{\"a\":2}"}));
}

TEST_F(HttpSourceTest, HtmlInsteadOfJsonIsSaid) {
  const HttpServer server(
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<html>Login\n");
  poll({{"url", text(server.url("/?token=abc"))}});
  EXPECT_EQ(problem_,
            "user: GET " + server.url("/?token=***") +
                ": the answer cannot be taken apart: it is not JSON: The JSON document "
                "has an improper structure: missing or superfluous commas, braces, missing "
                "keys, etc; content_type='text/html' answer='<html>Login\\n'; is it the "
                "right URL, and are `answer`, `records` and `page` right?");
}

TEST_F(HttpSourceTest, AServerThatFailsIsAskedAgain) {
  std::atomic<int> asked = 0;
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    const int number = asked++;
    if (number == 0) return to.answer(500, "oops");
    if (number == 1) return to.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,") && false;
    if (number == 2) return to.answer(429, "slow", "Retry-After: 0\r\n");
    return to.answer(200, "[1, 2, 3]");
  });
  CapturedLog logged(LogLevel::kInfo);
  EXPECT_EQ(poll({{"url", text(server.url())}}), (Texts{"1", "2", "3"})) << problem_;
  EXPECT_NE(
      logged.text().find("source in: GET " + server.url() + ": the server answered status=429"),
      std::string::npos)
      << logged.text();
}

TEST_F(HttpSourceTest, ARefusalStopsIt) {
  const HttpServer server([](const ServedRequest&, const HttpConnection& to) {
    return to.answer(401, "no k3y", "Content-Type: text/plain\r\n");
  });
  poll({{"url", text(server.url())}, {"headers", map({{"X-Api-Key", text("k3y")}})}});
  EXPECT_EQ(problem_, "user: GET " + server.url() +
                          ": the server answered status=401 content_type='text/plain' answer='no "
                          "***'; the server needs credentials, or others");
}

TEST_F(HttpSourceTest, AnotherUrlIsAnotherFeed) {
  Board board;
  const HttpServer server(board.handler());
  board.put("[1]");
  poll({{"url", text(server.url("/a?x=1"))}});
  EXPECT_EQ(poll({{"url", text(server.url("/a?x=2"))}}), Texts{});
  const auto other = make({{"url", text(server.url("/b"))}});
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->open({}));
  const auto resumed = (*other)->resume({*offset_, "", "here"});
  ASSERT_FALSE(resumed);
  EXPECT_TRUE(
      resumed.error().message().starts_with("E_FEED_CHANGED: the checkpoint has read 127.0.0.1"));
}

/// Events 1 to 6, three a connection, after the id that is asked for.
bool serve_events(const ServedRequest& request, const HttpConnection& to) {
  const std::string last = request.header("last-event-id");
  const int first = last.empty() ? 1 : std::stoi(last) + 1;
  to.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\nretry: 1\n\n");
  for (int i = first; i < first + 3 && i <= 6; ++i) {
    to.send("id: " + std::to_string(i) + "\nevent: e\ndata: {\"n\": " + std::to_string(i) +
            "}\n\n");
  }
  to.send("id: 99\ndata: cut");
  return false;
}

TEST_F(HttpSourceTest, EventsGoOnAfterTheNewestId) {
  const HttpServer server(serve_events);
  const Given given = {{"url", text(server.url())}, {"stream", text("events")}};
  EXPECT_EQ(poll(given), (Texts{R"({"n": 1})", R"({"n": 2})", R"({"n": 3})"}));
  EXPECT_EQ(poll(given), (Texts{R"({"n": 4})", R"({"n": 5})", R"({"n": 6})"}));
  EXPECT_EQ(server.requests().at(1).header("last-event-id"), "3");
  EXPECT_EQ(server.requests().at(0).header("accept"), "text/event-stream");
}

TEST_F(HttpSourceTest, AStreamOfLines) {
  const HttpServer server("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}");
  EXPECT_EQ(poll({{"url", text(server.url())}, {"stream", text("lines")}}),
            (Texts{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"}));
}

TEST_F(HttpSourceTest, AStreamMayHaveMoreThanIsRemembered) {
  const HttpServer server("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\n{\"a\":2}\n{\"a\":1}\n{\"a\":3}\n");
  EXPECT_EQ(poll({{"url", text(server.url())},
                  {"stream", text("lines")},
                  {"unique", text("/a")},
                  {"remember", text("2")}}),
            (Texts{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}"}));
}

TEST_F(HttpSourceTest, WhatIsNoStreamOfEventsIsSaid) {
  const HttpServer server(
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi");
  poll({{"url", text(server.url())}, {"stream", text("events")}});
  EXPECT_NE(problem_.find("is no stream of events: content_type='text/html'"), std::string::npos);
}

TEST_F(HttpSourceTest, OptionsThatDoNotGoTogether) {
  const auto said = [this](Given given) {
    given.emplace_back("url", text("https://a.org/"));
    const auto made = make(given);
    return made ? std::string("fine") : made.error().message();
  };
  EXPECT_EQ(said({}), "fine");
  EXPECT_NE(said({{"page", map({})}}).find("one of next, link and cursor"), std::string::npos);
  EXPECT_NE(said({{"page", map({{"cursor", text("/c")}})}}).find("belong together"),
            std::string::npos);
  EXPECT_NE(said({{"unique", text("id")}}).find("'id' is not a JSON pointer"), std::string::npos);
  EXPECT_NE(
      said({{"stream", text("lines")}, {"records", text("/a")}}).find("a stream has no 'records'"),
      std::string::npos);
  EXPECT_NE(said({{"answer", text("lines")}, {"records", text("/a")}}).find("is for answer: json"),
            std::string::npos);
  EXPECT_NE(said({{"body", text("x")}}).find("is for method: POST"), std::string::npos);
  EXPECT_NE(said({{"allow", map({{"redirect_to", text("x")}})}}).find("redirects_to"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::connectors::http
