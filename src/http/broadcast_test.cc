#include "http/broadcast.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

using Reason = Broadcast::Reason;

/// A broadcast whose streams are read by hand.
struct BroadcastRig {
  explicit BroadcastRig(const Broadcast::Limits& limits = {})
      : broadcast("r-1",
                  {.opened =
                       [this](const Broadcast::Opening& opening) {
                         reasons.push_back(opening.reason);
                         return std::vector<Event>{{"hello", "1"}, {"snapshot", "2"}};
                       },
                   .gone = [this](StreamId id) { gone.push_back(id); }},
                  limits) {}

  StreamId open(std::string_view last = "") {
    return broadcast.open(last, [this] { ++wakes; }).value_or(0);
  }
  std::string take(StreamId id) {
    std::string all;
    while (true) {
      const auto frames = broadcast.take(id, 100);
      if (frames.empty()) return all;
      for (const auto& frame : frames) all += *frame;
    }
  }

  std::vector<Reason> reasons;
  std::vector<StreamId> gone;
  int wakes = 0;
  Broadcast broadcast;
};

const std::string kOpening = "event: hello\ndata: 1\n\nid: r-1-0\nevent: snapshot\ndata: 2\n\n";

TEST(Broadcast, StreamBeginsWithTheOpening) {
  BroadcastRig rig;
  const StreamId id = rig.open();
  EXPECT_EQ(rig.take(id), kOpening);
  rig.broadcast.publish({"a", "x"});
  EXPECT_EQ(rig.wakes, 1);
  rig.broadcast.publish({"b", "y\nz"});
  EXPECT_EQ(rig.wakes, 1);  // nothing was taken since
  EXPECT_EQ(rig.take(id),
            "id: r-1-1\nevent: a\ndata: x\n\nid: r-1-2\nevent: b\ndata: y\ndata: z\n\n");
}

TEST(Broadcast, EachLineOfTheDataIsALine) {
  BroadcastRig rig;
  const StreamId id = rig.open();
  rig.take(id);
  rig.broadcast.publish({"a", "u\r\nv\rw\n"});
  EXPECT_EQ(rig.take(id), "id: r-1-1\nevent: a\ndata: u\ndata: v\ndata: w\ndata: \n\n");
}

TEST(Broadcast, MissedEventsComeAgain) {
  BroadcastRig rig;
  for (int i = 0; i < 3; ++i) rig.broadcast.publish({"a", std::to_string(i)});
  EXPECT_EQ(
      rig.take(rig.open("r-1-2")),
      "event: hello\ndata: 1\n\nevent: snapshot\ndata: 2\n\nid: r-1-3\nevent: a\ndata: 2\n\n");
  EXPECT_EQ(rig.reasons, std::vector{Reason::kResumed});
}

TEST(Broadcast, WhatIsNotKeptBeginsAgain) {
  BroadcastRig rig({.events_kept_max = 2});
  for (int i = 0; i < 4; ++i) rig.broadcast.publish({"a", std::to_string(i)});
  rig.take(rig.open("r-1-2"));
  for (const char* id :
       {"r-1-1", "r-2-3", "r-1-5", "r-1-", "r-1-x", "x", "r-1--1", "r-1-99999999999999999999"}) {
    rig.take(rig.open(id));
    EXPECT_EQ(rig.reasons.back(), Reason::kNew) << id;
  }
  EXPECT_EQ(rig.reasons.front(), Reason::kResumed);
}

TEST(Broadcast, BytesAreBoundedToo) {
  BroadcastRig rig({.bytes_kept_max = 300});
  for (int i = 0; i < 4; ++i) rig.broadcast.publish({"a", std::string(100, 'x')});
  rig.take(rig.open("r-1-1"));
  rig.take(rig.open("r-1-2"));
  EXPECT_EQ(rig.reasons, (std::vector{Reason::kNew, Reason::kResumed}));
}

TEST(Broadcast, SlowReaderBeginsAgain) {
  BroadcastRig rig({.queue_bytes_max = 300});
  const StreamId id = rig.open();
  const StreamId other = rig.open();
  rig.take(id);
  rig.take(other);
  for (int i = 0; i < 9; ++i) {
    rig.broadcast.publish({"a", std::string(100, 'x')});
    rig.take(other);
  }
  EXPECT_EQ(rig.take(id), "event: hello\ndata: 1\n\nid: r-1-9\nevent: snapshot\ndata: 2\n\n");
  EXPECT_EQ(rig.reasons, (std::vector{Reason::kNew, Reason::kNew, Reason::kTooSlow}));
}

TEST(Broadcast, AnEventThatIsLargerThanTheQueueArrives) {
  BroadcastRig rig({.queue_bytes_max = 300});
  const StreamId id = rig.open();
  rig.take(id);
  const std::string large(1000, 'x');
  EXPECT_TRUE(rig.broadcast.send(id, {"chart", large}));
  EXPECT_EQ(rig.take(id), "event: chart\ndata: " + large + "\n\n");
  EXPECT_EQ(rig.reasons, std::vector{Reason::kNew});
}

TEST(Broadcast, OneStreamAlone) {
  BroadcastRig rig;
  const StreamId one = rig.open();
  const StreamId other = rig.open();
  rig.take(one);
  rig.take(other);
  EXPECT_TRUE(rig.broadcast.send(one, {"chart", "x"}));
  EXPECT_EQ(rig.take(one), "event: chart\ndata: x\n\n");
  EXPECT_EQ(rig.take(other), "");
  EXPECT_FALSE(rig.broadcast.send(99, {"chart", "x"}));
}

TEST(Broadcast, StreamsAreFewAndKnown) {
  BroadcastRig rig({.streams_max = 2});
  const StreamId one = rig.open();
  const StreamId two = rig.open();
  EXPECT_EQ(rig.open(), 0U);
  EXPECT_EQ(rig.broadcast.streams(), (std::vector<StreamId>{one, two}));
  rig.take(one);
  rig.broadcast.close(one);
  rig.broadcast.close(two);  // was never opened
  EXPECT_EQ(rig.gone, std::vector<StreamId>{one});
  EXPECT_NE(rig.open(), 0U);
}

TEST(Broadcast, PublishedBetweenConnectAndOpeningIsInTheOpening) {
  BroadcastRig rig;
  const StreamId id = rig.open();
  rig.broadcast.publish({"a", "x"});
  EXPECT_EQ(rig.take(id), "event: hello\ndata: 1\n\nid: r-1-1\nevent: snapshot\ndata: 2\n\n");
}

}  // namespace
}  // namespace sluice::http
