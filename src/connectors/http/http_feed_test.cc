#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "connectors/http/http_source_rig.h"
#include "io/packed_file.h"
#include "support/captured_log.h"

// What servers do that a feed must neither stop at, nor lose records by, nor take too much of.

namespace sluice::connectors::http {
namespace {

using test::HttpConnection;
using test::HttpServer;
using test::ServedRequest;

TEST_F(HttpSourceTest, ALinkThatIsAddedToAnUnchangedPageIsSeen) {
  std::atomic<bool> has_more = false;
  const HttpServer server([&](const ServedRequest& request, const HttpConnection& to) {
    if (request.target != "/a") return to.answer(200, "[2]");
    const std::string link = has_more ? "Link: </b>; rel=\"next\"\r\n" : "";
    const bool knows = request.header("if-none-match") == "\"v1\"";
    return to.answer(knows ? 304 : 200, knows ? "" : "[1]", "ETag: \"v1\"\r\n" + link);
  });
  const Given given = {{"url", text(server.url("/a"))}, {"page", map({{"link", text("true")}})}};
  EXPECT_EQ(poll(given), Texts{"1"});
  has_more = true;
  EXPECT_EQ(poll(given), Texts{"2"});
}

TEST_F(HttpSourceTest, NullIsNoRecordsAndAByteOrderMarkIsNone) {
  Board board;
  const HttpServer server(board.handler());
  board.put("\xEF\xBB\xBF{\"items\": null}");
  EXPECT_EQ(poll({{"url", text(server.url())}, {"records", text("/items")}}), Texts{});
  EXPECT_EQ(problem_, "");
  board.put("\xEF\xBB\xBFid\n7");
  EXPECT_EQ(poll({{"url", text(server.url())}, {"answer", text("lines")}}), (Texts{"id", "7"}));
  const HttpServer lines("HTTP/1.1 200 OK\r\n\r\n\xEF\xBB\xBF{\"a\":1}\n");
  EXPECT_EQ(poll({{"url", text(lines.url())}, {"stream", text("lines")}}), Texts{"{\"a\":1}"});
}

TEST_F(HttpSourceTest, ANumberAndItsTextAreTwoIds) {
  Board board;
  const HttpServer server(board.handler());
  board.put(R"([{"id": 1}, {"id": "1"}, {"id": "\u0031"}])");
  EXPECT_EQ(poll({{"url", text(server.url())}, {"unique", text("/id")}}),
            (Texts{R"({"id": 1})", R"({"id": "1"})"}));
}

/// /0 has two records, /1 none, /2 four.
bool serve_pages_with_an_empty_one(const ServedRequest& request, const HttpConnection& to) {
  if (request.target == "/0") return to.answer(200, R"({"items": [1, 2], "next": "/1"})");
  if (request.target == "/1") return to.answer(200, R"({"items": [], "next": "/2"})");
  return to.answer(200, R"({"items": [3, 4, 5, 6]})");
}

TEST_F(HttpSourceTest, ABatchInsideAnAnswerIsRestoredToTheRightPage) {
  const HttpServer server(serve_pages_with_an_empty_one);
  const Given given = {{"url", text(server.url("/0"))},
                       {"records", text("/items")},
                       {"page", map({{"next", text("/next")}})}};
  // Ends inside the page after the empty one.
  EXPECT_EQ(poll_until(4, given), (Texts{"1", "2", "3", "4"}));
  lose_folder();
  EXPECT_EQ(poll(given), (Texts{"5", "6"})) << problem_;
  EXPECT_EQ(problem_, "");
}

TEST_F(HttpSourceTest, OfEventsWithoutIdsTheNextConnectionsAreAllNew) {
  std::atomic<int> asked = 0;
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    const std::string n = std::to_string(asked++);
    to.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a" + n +
            "\n\ndata: b" + n + "\n\n");
    return false;
  });
  const Given given = {{"url", text(server.url())}, {"stream", text("events")}};
  EXPECT_EQ(poll_until(1, given), Texts{"a0"});
  lose_folder();
  EXPECT_EQ(poll(given), (Texts{"a1", "b1"}));
}

TEST_F(HttpSourceTest, ABatchInsideEventsIsRestoredToTheNewestIdThatWasTaken) {
  // Ids 2, 3, and events after them that have none.
  const HttpServer server([&](const ServedRequest& request, const HttpConnection& to) {
    const std::string after3 = "data: c\n\ndata: d\n\n";
    const std::string all = "id: 2\ndata: a\n\nid: 3\ndata: b\n\n" + after3;
    to.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" +
            (request.header("last-event-id") == "3" ? after3 : all));
    return false;
  });
  const Given given = {{"url", text(server.url())}, {"stream", text("events")}};
  EXPECT_EQ(poll_until(3, given), (Texts{"a", "b", "c"}));
  lose_folder();
  EXPECT_EQ(poll(given), Texts{"d"});
}

TEST_F(HttpSourceTest, AnIdThatNoHeaderHoldsDoesNotStopAStream) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    const std::string last = request.header("last-event-id");
    to.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 1\ndata: x" + last +
            "\n\nid: a\x01z\ndata: y\n\n");
    return false;
  });
  const Given given = {{"url", text(server.url())}, {"stream", text("events")}};
  EXPECT_EQ(poll(given), (Texts{"x", "y"}));
  EXPECT_EQ(poll(given), (Texts{"x1", "y"})) << problem_;
}

TEST_F(HttpSourceTest, APageOfHtmlStopsNoStreamThatRanWell) {
  std::atomic<int> asked = 0;
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    const int number = asked++;
    const std::string type = number == 1 ? "text/html" : "text/event-stream";
    to.send("HTTP/1.1 200 OK\r\nContent-Type: " + type +
            "\r\n\r\nretry: 1\ndata: " + std::to_string(number) + "\n\n");
    return false;
  });
  goes_on_ = true;
  EXPECT_EQ(poll_until(3, {{"url", text(server.url())}, {"stream", text("events")}}),
            (Texts{"0", "2", "3"}));
}

TEST_F(HttpSourceTest, ManyEmptyEventsAreStoredInParts) {
  std::string events;
  for (int i = 0; i < 100'000; ++i) events += "data:\n\n";
  // Packed, so that all of them come at once.
  auto file = io::PackedFile::create(folder_.at("packed"), io::Packing::kGzip);
  ASSERT_TRUE(file && (*file)->write(events) && (*file)->finish());
  const std::string packed = *files_->read(folder_.at("packed"));
  const HttpServer server([&](const ServedRequest&, const HttpConnection& to) {
    return to.answer(200, packed, "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n");
  });
  releases_ = false;
  EXPECT_EQ(poll({{"url", text(server.url())}, {"stream", text("events")}}).size(), 100'000U);
  EXPECT_GE(files_->list(folder_.at("inbox"), false)->size(), 5U);
}

TEST_F(HttpSourceTest, AnotherQueryOfPagesIsAnotherFeed) {
  const HttpServer server(serve_pages_with_an_empty_one);
  const auto given = [&](const std::string& query) {
    return Given{{"url", text(server.url("/2" + query))},
                 {"records", text("/items")},
                 {"page", map({{"next", text("/next")}})}};
  };
  EXPECT_EQ(poll(given("?kind=a&token=1")).size(), 4U);
  for (const auto& [query, fits] :
       {std::pair{"?kind=a&token=2", true}, std::pair{"?kind=b", false}}) {
    const auto source = make(given(query));
    ASSERT_TRUE(source);
    ASSERT_TRUE((*source)->open({}));
    const auto resumed = (*source)->resume({*offset_, "", "here"});
    EXPECT_EQ(resumed.has_value(), fits) << query;
    if (!fits && !resumed) {
      EXPECT_TRUE(resumed.error().message().starts_with("E_FEED_CHANGED")) << query;
    }
  }
}

TEST_F(HttpSourceTest, AnotherQueryOfAWholeAnswerIsSaid) {
  Board board;
  const HttpServer server(board.handler());
  board.put("[1]");
  poll({{"url", text(server.url("/a?x=1"))}});
  CapturedLog logged(LogLevel::kWarn);
  poll({{"url", text(server.url("/a?x=2"))}});
  EXPECT_NE(logged.text().find("`url` has another query"), std::string::npos) << logged.text();
}

TEST_F(HttpSourceTest, AnAnswerThatIsNotUnderstoodShowsNoSecret) {
  const HttpServer server([](const ServedRequest& request, const HttpConnection& to) {
    return to.answer(200, "<html>" + request.header("x-client") + request.header("authorization"));
  });
  poll({{"url", text(server.url())},
        {"headers", map({{"X-Client", text("s3cr3t")}})},
        {"user", text("me")},
        {"password", text("hunter2")}});
  EXPECT_NE(problem_.find("answer='<html>***Basic ***'"), std::string::npos) << problem_;
}

TEST_F(HttpSourceTest, AProbeConnectsAndTouchesNothing) {
  const HttpServer server(serve_pages_with_an_empty_one);
  folder_.put("inbox/kept.tmp", "x");
  const auto source = make({{"url", text(server.url())}});
  ASSERT_TRUE(source);
  connector::Probe probe(clock_, {});
  EXPECT_TRUE((*source)->probe(probe));
  EXPECT_FALSE(probe.has_failed());
  EXPECT_EQ(probe.steps().at(0).name, "connect");
  EXPECT_TRUE(server.requests().empty());
  EXPECT_TRUE(*files_->find(folder_.at("inbox/kept.tmp")));
}

}  // namespace
}  // namespace sluice::connectors::http
