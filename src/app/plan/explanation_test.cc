#include "app/plan/explanation.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace sluice::app {
namespace {

/// A source that two views read, one of which is written.
Explanation two_views() {
  Explanation made{.name = "shop", .trigger = "every 5s", .checkpoint = "out/c", .parts = {}};
  ExplainedPart source;
  source.sort = "source";
  source.name = "orders";
  source.kind = "kafka, json";
  source.watermark = "at, delay 1m";
  ExplainedPart totals;
  totals.sort = "view";
  totals.name = "totals";
  totals.kind = "aggregate";
  totals.reads = {"orders"};
  totals.kept = {{.what = "a row for each group", .keys = {"shop"}, .event_time = "", .until = ""}};
  totals.modes = {"update", "complete"};
  totals.refused = {{"append", "needs a \"watermark\" <& a window>"}};
  ExplainedPart idle = totals;
  idle.name = "idle";
  idle.kept[0].until = "the watermark has passed it";
  ExplainedPart sink;
  sink.sort = "sink";
  sink.name = "totals";
  sink.kind = "delta";
  sink.detail = "update from totals to out/t";
  sink.reads = {"totals"};
  sink.mode = "update";
  sink.promise = "exactly once";
  made.parts = {source, totals, idle, sink};
  return made;
}

TEST(Explanation, IsATreeFromSourcesToSinks) {
  const std::string text = explanation_text(two_views());
  EXPECT_EQ(text,
            "shop, every 5s, checkpoint out/c\n\n"
            "source orders (kafka, json)\n"
            "│    watermark: at, delay 1m\n"
            "├─ view totals (aggregate)\n"
            "│  │    state: a row for each group, by shop; kept for ever\n"
            "│  │    modes: update, complete\n"
            "│  │    not append: needs a \"watermark\" <& a window>\n"
            "│  └─ sink totals (delta)\n"
            "│          update from totals to out/t, exactly once\n"
            "└─ view idle (aggregate)\n"
            "        state: a row for each group, by shop; kept until the watermark has passed it\n"
            "        modes: update, complete\n"
            "        not append: needs a \"watermark\" <& a window>\n");
}

TEST(Explanation, WhatIsReadTwiceIsWrittenOnce) {
  Explanation made = two_views();
  made.parts[2].reads = {"orders", "totals"};
  const std::string text = explanation_text(made);
  EXPECT_NE(text.find("reads: orders, totals"), std::string::npos) << text;
  EXPECT_NE(text.find("view idle (aggregate): as above"), std::string::npos) << text;
}

TEST(Explanation, JsonSaysNullForWhatStaysForEver) {
  const OrderedJson made = parse_ordered_json(explanation_json(two_views()));
  EXPECT_TRUE(made["parts"][1]["state"][0]["until"].is_null());
  EXPECT_EQ(made["parts"][2]["state"][0]["until"], "the watermark has passed it");
  EXPECT_EQ(made["parts"][3]["promise"], "exactly once");
}

TEST(Explanation, PicturesHaveALineForEachReader) {
  const std::string mermaid = explanation_mermaid(two_views());
  EXPECT_NE(mermaid.find("  p0 --> p1\n  p0 --> p2\n  p1 --> p3\n"), std::string::npos) << mermaid;
  EXPECT_NE(mermaid.find("p1[\"view totals<br/>aggregate<br/>state, for ever\"]"),
            std::string::npos)
      << mermaid;
}

TEST(Explanation, PicturesHoldNoMarkOfTheirTexts) {
  Explanation made = two_views();
  made.name = made.parts[0].name = "<a & \"b\">";
  const std::string svg = explanation_svg(made);
  EXPECT_EQ(svg.find("<a &"), std::string::npos) << svg;
  EXPECT_NE(svg.find("&lt;a &amp; &quot;b&quot;&gt;"), std::string::npos) << svg;
}

}  // namespace
}  // namespace sluice::app
