#include "sql/plan/view_order.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "sql/functions/open_database.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

/// Views over the source `events` and the table `names`.
class ViewOrderTest : public ::testing::Test {
 protected:
  Result<ViewOrder> order(std::vector<ViewText> views, std::vector<SinkText> sinks = {}) {
    request_ = {{{"events", "", {}}}, std::move(views), std::move(sinks), {"names"}};
    draft_ = std::make_unique<PlanDraft>(PlanDraft{*session_, request_, Relations(request_), {}});
    return ViewOrder::make(*draft_);
  }

  static std::string names(const ViewOrder& order) {
    std::string text;
    for (const ViewNode* node : order.nodes()) text += node->sql.name() + " ";
    return text;
  }

  static const ViewNode& node(const ViewOrder& order, const std::string& name) {
    return **std::ranges::find(order.nodes(), name,
                               [](const ViewNode* each) { return each->sql.name(); });
  }

  std::unique_ptr<Database> database_ = *open_database("", {.threads = 1});
  std::unique_ptr<Session> session_ = *database_->connect();
  PlanRequest request_;
  std::unique_ptr<PlanDraft> draft_;
};

TEST_F(ViewOrderTest, InputsComeBeforeTheirUsers) {
  const auto made = order({{"c", "SELECT * FROM b, a", {}},
                           {"b", "SELECT * FROM a", {}},
                           {"a", "SELECT * FROM events", {}}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(names(*made), "a b c ");
}

TEST_F(ViewOrderTest, LateRowsComeAfterTheViewTheyAreLateFor) {
  ViewText sums{"sums", "SELECT k, count(*) AS n FROM events GROUP BY k", {}};
  sums.late_to = "late";
  const auto made = order({{"too_late", "SELECT * FROM late", {}}, sums});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(names(*made), "sums too_late ");
}

TEST_F(ViewOrderTest, ViewsThatReadEachOtherAreRefused) {
  const auto made = order({{"a", "SELECT * FROM b", {}}, {"b", "SELECT * FROM a", {}}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("reads itself"), std::string::npos);
}

TEST_F(ViewOrderTest, AskedForInTheModesOfItsReaders) {
  const auto made = order(
      {{"a", "SELECT k, i FROM events", {}},
       {"sums", "SELECT k, sum(i) AS s FROM a GROUP BY k", {}},
       {"big", "SELECT * FROM sums WHERE s > 9", {}},
       {"top", "SELECT * FROM sums ORDER BY s LIMIT 3", {}}},
      {{"one", "big", OutputMode::kUpdate, true, {"k"}}, {"two", "top", OutputMode::kComplete}});
  ASSERT_TRUE(made) << made.error().message();
  const ViewNode& sums = node(*made, "sums");
  EXPECT_EQ(sums.wanted, (std::set<OutputMode>{OutputMode::kUpdate, OutputMode::kComplete}));
  EXPECT_TRUE(sums.wanted_whole());
  EXPECT_TRUE(sums.deletes());
  // `top` needs all rows at once, `big` takes one after the other.
  EXPECT_TRUE(sums.read_whole);
  EXPECT_FALSE(node(*made, "big").read_whole);
  EXPECT_EQ(node(*made, "big").deleting_keys, (std::vector<std::vector<std::string>>{{"k"}}));
}

TEST_F(ViewOrderTest, TellsWhatReachesASink) {
  ViewText sums{"sums", "SELECT k, count(*) AS n FROM events GROUP BY k", {}};
  sums.late_to = "late";
  const auto made =
      order({sums, {"unread", "SELECT * FROM events", {}}}, {{"one", "late", OutputMode::kAppend}});
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(made->is_needed("late"));
  EXPECT_FALSE(made->is_needed("sums"));
  EXPECT_FALSE(made->is_needed("unread"));
}

}  // namespace
}  // namespace sluice::sql
