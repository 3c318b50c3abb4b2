#include "connectors/http/server_sent_events.h"

#include <gtest/gtest.h>

namespace sluice::connectors::http {
namespace {

/// The events as "id|type|data;", fed in pieces of `piece` bytes.
std::string read(std::string_view text, std::size_t piece) {
  ServerSentEvents events;
  events.begin();
  std::vector<ServerSentEvent> out;
  for (std::size_t at = 0; at < text.size(); at += piece) events.feed(text.substr(at, piece), out);
  std::string shown;
  for (const auto& event : out) shown += event.id + "|" + event.type + "|" + event.data + ";";
  return shown;
}

TEST(ServerSentEvents, AreReadInAnyPieces) {
  const std::string_view text =
      "\xEF\xBB\xBF: comment\r\n\r\nid: 1\r\nevent: add\r\ndata: one\r\ndata:two\r\n\r\n"
      "data\n\ndata: three\rid:2\r\rid\ndata:  four\n\nunknown: x\ndata: cut";
  const std::string expected = "1|add|one\ntwo;1|message|;2|message|three;|message| four;";
  for (const std::size_t piece : {1, 2, 3, 7, 1000}) EXPECT_EQ(read(text, piece), expected);
}

TEST(ServerSentEvents, WithoutDataThereIsNoEventButAnId) {
  ServerSentEvents events;
  std::vector<ServerSentEvent> out;
  events.feed("id: 7\n\nid: 8\ndata: not yet\n", out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(events.last_id(), "7");
}

TEST(ServerSentEvents, ANewConnectionForgetsWhatWasCut) {
  ServerSentEvents events;
  std::vector<ServerSentEvent> out;
  events.feed("id: 1\ndata: a\n\nid: 2\nevent: x\ndata: cu", out);
  events.begin();
  events.feed("data: b\n\n", out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].data + out[1].id + out[1].type, "b1message");
}

TEST(ServerSentEvents, RetryIsMilliseconds) {
  ServerSentEvents events;
  std::vector<ServerSentEvent> out;
  events.feed("retry: soon\nretry: -1\n", out);
  EXPECT_FALSE(events.retry());
  events.feed("retry: 2500\n", out);
  EXPECT_EQ(events.retry(), std::chrono::milliseconds(2500));
}

TEST(ServerSentEvents, AnIdThatNoHeaderHoldsIsNone) {
  EXPECT_TRUE(is_event_id("größe 7\t"));
  EXPECT_FALSE(is_event_id("a\x01z"));
  EXPECT_FALSE(is_event_id("a\x7F"));
}

TEST(ServerSentEvents, AnIdWithANulIsNone) {
  EXPECT_EQ(read(std::string_view("id: a\0b\ndata: x\n\n", 17), 100), "|message|x;");
}

}  // namespace
}  // namespace sluice::connectors::http
