#include "charts/chart_board.h"

#include <atomic>
#include <thread>

#include "base/json.h"
#include "charts/chart_rig.h"

namespace sluice::charts {
namespace {

/// A board with one chart, which a run has opened.
class ChartBoardTest : public testing::Test {
 protected:
  void open(const std::string& chart, bool is_of_batch = true) {
    board_.declare({chart_of(chart)}, ui_of());
    auto spec = std::make_shared<ChartSpec>(spec_of(chart, kColumns, is_of_batch));
    spec_ = spec;
    state_ = board_.open(spec_, ChartState());
  }
  void add(const std::vector<Line>& lines) {
    apply(*spec_, change_of(rows_of(*spec_, lines)), state_);
    board_.set("c", state_);
  }
  /// And goes on from there.
  Json news() {
    auto news = board_.news("c", seen_);
    EXPECT_TRUE(news) << news.error().message();
    seen_ = news->seen;
    return news->json.empty() ? Json() : parse_json(news->json);
  }

  ChartBoard board_{"p"};
  std::shared_ptr<const ChartSpec> spec_;
  ChartState state_;
  std::uint64_t seen_ = 0;
};

TEST_F(ChartBoardTest, BeforeARunItSaysSo) {
  board_.declare({chart_of(kLine)}, ui_of({"shop"}));
  EXPECT_EQ(news()["none"], "no batch has run yet");
  EXPECT_TRUE(news().is_null());
  const Json all = parse_json(board_.charts_json());
  EXPECT_EQ(all["charts"][0]["id"], "c");
  EXPECT_EQ(all["filters"], Json({"shop"}));
}

TEST_F(ChartBoardTest, NewerRowsAloneAreAppended) {
  open(kLine);
  add({{1, 10}, {2, 20}});
  const Json first = news();
  EXPECT_EQ(first["mode"], "replace");
  EXPECT_EQ(first["data"], Json({{1, 2}, {10.0, 20.0}}));
  EXPECT_TRUE(news().is_null());
  add({{3, 30}});
  add({{4, 40}});
  const Json next = news();
  EXPECT_EQ(next["mode"], "append");
  EXPECT_EQ(next["data"], Json({{3, 4}, {30.0, 40.0}}));
  seen_ = 0;
  EXPECT_EQ(news()["data"][0].size(), 4U);
}

TEST_F(ChartBoardTest, ResultsReplace) {
  open(kLine, false);
  add({{1, 10}});
  news();
  add({{2, 20}});
  const Json next = news();
  EXPECT_EQ(next["mode"], "replace");
  EXPECT_EQ(next["data"][1], Json({20.0}));
}

TEST_F(ChartBoardTest, RowsThatWereThinnedMeanwhileComeAsAWhole) {
  open("c: {sql: SELECT 1, line: {x: at, y: v}, points: 10}");
  add({{0, 1}});
  news();
  for (int i = 1; i < 100; ++i) add({{i * 1.0, 1}});
  EXPECT_EQ(news()["mode"], "replace");
}

TEST_F(ChartBoardTest, AppendedRowsMakeWhatTheBoardHas) {
  open("c: {sql: SELECT 1, line: {x: at, y: v}, points: 100}");
  std::vector<double> page;
  for (int i = 0; i < 400; ++i) {
    add({{i * 1.0, i * 1.0}});
    if (i % 3 != 0) continue;
    const Json next = news();
    if (next["mode"] == "replace") page.clear();
    for (const Json& value : next["data"][1]) page.push_back(value);
    seen_ = std::max<std::uint64_t>(seen_, 1);
  }
  seen_ = 0;
  EXPECT_EQ(news()["data"][1], Json(page));
}

TEST_F(ChartBoardTest, ANewVersionKeepsTheRowsOfChartsThatAreAsBefore) {
  open(kLine);
  add({{1, 10}});
  news();
  board_.declare({chart_of("c: {title: Other, sql: SELECT 1, line: {x: at, y: v}}")}, ui_of());
  EXPECT_TRUE(news().is_null());
  EXPECT_EQ(parse_json(board_.charts_json())["charts"][0]["title"], "Other");
  board_.declare({chart_of("c: {sql: SELECT 2, line: {x: at, y: v}}")}, ui_of());
  EXPECT_EQ(news()["none"], "no batch has run yet");
  board_.declare({}, ui_of());
  EXPECT_FALSE(board_.news("c", 0));
}

TEST_F(ChartBoardTest, ANewRunShowsWhatTheCheckpointHas) {
  open(kLine);
  add({{1, 10}, {2, 20}});
  news();
  ChartState kept;
  apply(*spec_, change_of(rows_of(*spec_, {{1, 10}})), kept);
  state_ = board_.open(spec_, kept);
  const Json next = news();
  EXPECT_EQ(next["mode"], "replace");
  EXPECT_EQ(next["data"][0], Json({1}));
  add({{2, 20}});
  EXPECT_EQ(news()["mode"], "append");
}

TEST_F(ChartBoardTest, NoSuchChart) {
  board_.declare({chart_of(kLine), chart_of("notes: {markdown: text}")}, ui_of());
  EXPECT_EQ(board_.news("cc", 0).error().kind(), Kind::kUser);
  EXPECT_EQ(board_.csv("x").error().kind(), Kind::kUser);
  EXPECT_FALSE(board_.news("notes", 0));
}

TEST_F(ChartBoardTest, ANumberOfAnotherProcessGetsAll) {
  open(kLine);
  add({{1, 10}});
  seen_ = 1'000'000;
  EXPECT_EQ(news()["mode"], "replace");
}

TEST_F(ChartBoardTest, AnErrorIsTold) {
  open(kLine);
  add({{1, 10}});
  news();
  state_.error = ChartError{"it is broken", 3, 4};
  state_.joined = ++state_.seq;
  board_.set("c", state_);
  EXPECT_EQ(news()["error"]["line"], 3);
}

TEST_F(ChartBoardTest, ManyMayAskWhileItIsFilled) {
  open("c: {sql: SELECT 1, line: {x: at, y: v}, points: 100}");
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::uint64_t seen = 0;
      while (!done) {
        seen = board_.news("c", seen)->seen;
        static_cast<void>(board_.csv("c"));
        static_cast<void>(board_.charts_json());
      }
    });
  }
  for (int i = 0; i < 2000; ++i) add({{i * 1.0, 1}});
  done = true;
}

}  // namespace
}  // namespace sluice::charts
