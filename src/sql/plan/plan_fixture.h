#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"
#include "sql/plan/plan.h"

namespace sluice::sql {

/// Plans views over the source `events (k VARCHAR, i INTEGER, d DECIMAL(22,12), f DOUBLE, t
/// TIMESTAMP, l INTEGER[])` and runs them batch by batch, as the engine does.
class PlanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    session_ = *(*database_)->connect();
    must("CREATE SCHEMA state");
    must(
        "CREATE TEMP TABLE events (k VARCHAR, i INTEGER, d DECIMAL(22,12), f DOUBLE, t TIMESTAMP, "
        "l INTEGER[])");
    must("CREATE TEMP TABLE all_events AS FROM events");
  }

  void must(const std::string& sql) {
    const Status status = session_->execute(sql);
    ASSERT_TRUE(status) << sql << "\n" << status.error().message();
  }

  /// Views v, w, x ... by turns; all begin at line 10, column 5 of p.yaml.
  Result<Plan> plan(const std::vector<std::string>& views) {
    std::vector<ViewText> texts;
    char name = 'v';
    for (const std::string& sql : views) {
      texts.push_back({std::string(1, name++), sql, {"p.yaml", 10, 5}});
    }
    PlanRequest request{{{"events", event_time_, {}}}, texts, {}};
    for (const SinkText& sink : sinks_) request.sinks.push_back(sink);
    return make_plan(*session_, request);
  }

  /// The message with which the last view is refused.
  std::string refusal(const std::vector<std::string>& views) {
    auto made = plan(views);
    if (made) return "(planned)";
    EXPECT_EQ(made.error().kind(), Kind::kUser) << made.error().message();
    return made.error().message();
  }

  void start(const std::vector<std::string>& views) {
    auto made = plan(views);
    ASSERT_TRUE(made) << made.error().message();
    prepare(*std::move(made));
  }

  /// The plan's tables and views, as the engine makes them at start.
  void prepare(Plan made) {
    plan_ = std::move(made);
    for (const ViewPlan& view : plan_.views) {
      if (view.has_state()) must(view.create_state);
      if (view.definition.empty()) continue;
      must("CREATE OR REPLACE TEMP VIEW " + data::quote_identifier(view.name) + " AS " +
           view.definition);
    }
  }

  /// Runs one batch of the rows of `select`.
  void batch(const std::string& select) {
    must("CREATE OR REPLACE TEMP TABLE events AS SELECT * FROM all_events LIMIT 0");
    must("INSERT INTO events " + select);
    must("INSERT INTO all_events FROM events");
    for (const ViewPlan& view : plan_.views) {
      for (const Step& step : view.fold) must(step.sql);
    }
  }

  /// The rows of a query as lines, sorted.
  std::string rows(const std::string& select) {
    auto result = session_->query("SELECT * FROM (" + select + ") ORDER BY ALL");
    if (!result) return "error: " + result.error().message();
    std::string text;
    for (const auto& row : result->values) {
      for (std::size_t i = 0; i < row.size(); ++i)
        text += (i > 0 ? "|" : "") + row[i].value_or("NULL");
      text += "\n";
    }
    return text;
  }

  const ViewPlan& view(const std::string& name) const { return *plan_.find(name); }
  std::string complete(const std::string& name) { return rows(view(name).complete); }
  std::string update(const std::string& name) { return rows(view(name).update); }

  Result<std::unique_ptr<Database>> database_ = open_database("", {.threads = 2});
  std::unique_ptr<Session> session_;
  Plan plan_;
  std::string event_time_;       ///< of `events`
  std::vector<SinkText> sinks_;  ///< that the next plan serves
};

}  // namespace sluice::sql
