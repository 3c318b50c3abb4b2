#include "engine/warnings.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

/// Sources a and b with a watermark each; the views v (of a) and w (of b); a sink on v.
class WarningsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a", "b"}) {
      SourcePart source;
      source.name = name;
      source.location = {"p.yaml", name == "a" ? 3 : 5, 3};
      source.watermark = {.column = "t", .idle_after = 1'000'000, .location = {"p.yaml", 4, 9}};
      pipeline_.sources.push_back(std::move(source));
    }
    add_view("v", "a");
    add_view("w", "b");
    add_sink("v");
  }

  void add_view(const std::string& name, const std::string& input) {
    pipeline_.views.push_back({name, "SELECT 1", {"p.yaml", 8, 3}});
    sql::ViewPlan view;
    view.name = name;
    view.inputs = {input};
    plan_.views.push_back(std::move(view));
  }

  void add_sink(const std::string& from) {
    SinkPart sink;
    sink.name = "to_" + from;
    sink.from = from;
    pipeline_.sinks.push_back(std::move(sink));
  }

  std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const Warning& warning : warnings_about(pipeline_, plan_)) {
      texts.push_back(warning.to_string());
    }
    return texts;
  }

  using Texts = std::vector<std::string>;

  Pipeline pipeline_;
  sql::Plan plan_;
};

TEST_F(WarningsTest, WhatReachesNoSink) {
  EXPECT_EQ(warnings(),
            (Texts{"p.yaml:5:3: source 'b' is read by views that reach no sink; its records are "
                   "fetched for nothing, and its watermark does not count",
                   "p.yaml:8:3: view 'w' is read by no view and no sink"}));
  add_sink("w");
  EXPECT_EQ(warnings(), Texts());
}

TEST_F(WarningsTest, WatermarkOfAViewThatReachesNoSink) {
  pipeline_.view_watermarks["w"] = {.column = "t", .location = {"p.yaml", 9, 9}};
  add_view("x", "w");
  EXPECT_EQ(warnings()[1],
            "p.yaml:8:3: view 'w' reaches no sink, and its watermark does not count");
}

TEST_F(WarningsTest, SilenceOfAViewIsHeldByASource) {
  pipeline_.sources.pop_back();
  plan_.views.pop_back();
  pipeline_.views.pop_back();
  pipeline_.view_watermarks["v"] = {.column = "t",
                                    .idle_after = 1'000'000,
                                    .advances_when_idle = true,
                                    .location = {"p.yaml", 9, 9}};
  EXPECT_EQ(warnings(), (Texts{"p.yaml:9:9: when_idle: advance of view 'v' has no effect, since "
                               "source 'a' holds the watermark when all are silent; say it there, "
                               "too"}));
}

TEST_F(WarningsTest, AViewsOwn) {
  add_sink("w");
  plan_.views[1].warning = "keeps rows for ever";
  EXPECT_EQ(warnings(), (Texts{"p.yaml:8:3: view 'w' keeps rows for ever"}));
}

TEST_F(WarningsTest, OneThatHoldsTheWatermarkInSilenceHoldsAll) {
  add_sink("w");
  pipeline_.sources[0].watermark.advances_when_idle = true;
  EXPECT_EQ(warnings(),
            (Texts{"p.yaml:4:9: when_idle: advance of source 'a' has no effect, since source 'b' "
                   "holds the watermark when all are silent; say it there, too"}));
  pipeline_.sources[1].watermark.advances_when_idle = true;
  EXPECT_EQ(warnings(), Texts());
}

TEST_F(WarningsTest, ASourceWithoutASinkHoldsNothing) {
  pipeline_.sources[0].watermark.advances_when_idle = true;
  for (const std::string& warning : warnings()) {
    EXPECT_EQ(warning.find("when_idle"), std::string::npos) << warning;
  }
}

}  // namespace
}  // namespace sluice::engine
