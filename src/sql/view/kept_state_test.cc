#include "sql/view/kept_state.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"

namespace sluice::sql {
namespace {

class KeptState : public PlanTest {
 protected:
  ViewPlan planned(const std::string& sql) {
    auto made = plan({sql});
    EXPECT_TRUE(made) << made.error().message();
    return made ? made->views[0] : ViewPlan();
  }

  StateMatch match(const std::string& note, const ViewPlan& view) {
    auto result = match_state(*session_, note, view);
    EXPECT_TRUE(result) << result.error().message();
    return result ? *result : StateMatch::kOther;
  }

  /// The note of `sql` by a program whose planner makes other SQL of it.
  std::string foreign_note(const std::string& sql) {
    ViewPlan view = planned(sql);
    view.origin.meaning = "of another planner";
    return note_of_state(view);
  }
};

constexpr char kSums[] = "SELECT k, sum(d) AS s FROM events WHERE k <> 'A' GROUP BY k";

TEST_F(KeptState, IsTheSameForTheSameView) {
  const ViewPlan view = planned(kSums);
  EXPECT_EQ(match(note_of_state(view), view), StateMatch::kSame);
}

TEST_F(KeptState, OutlivesAnotherPlanner) {
  EXPECT_EQ(match(foreign_note(kSums), planned(kSums)), StateMatch::kSameAsBefore);
  EXPECT_EQ(match(foreign_note(kSums), planned("select K, SUM(d) s -- note\nFROM Events\n where "
                                               "k != 'A' group by k")),
            StateMatch::kSameAsBefore);
  EXPECT_EQ(match(foreign_note(kSums),
                  planned("SELECT k, sum(d) AS s FROM events WHERE k <> 'a' GROUP BY k")),
            StateMatch::kOther);
}

TEST_F(KeptState, WhatStateDoesNotDependOnMayChange) {
  const std::string note = note_of_state(planned(kSums));
  EXPECT_EQ(match(note, planned(std::string(kSums) + " HAVING sum(d) > 1")),
            StateMatch::kSameAsBefore);
  EXPECT_EQ(match(note, planned("SELECT k, sum(f) AS s FROM events WHERE k <> 'A' GROUP BY k")),
            StateMatch::kOther);
}

TEST_F(KeptState, NotesOfTheMeaningAloneAreRead) {
  const ViewPlan view = planned(kSums);
  EXPECT_EQ(match(view.origin.meaning, view), StateMatch::kSameAsBefore);
  EXPECT_EQ(match("SELECT something", view), StateMatch::kOther);
}

TEST_F(KeptState, ColumnsOfOtherTypesAreAnotherState) {
  const std::string note = note_of_state(planned(kSums));
  must("CREATE OR REPLACE TEMP TABLE events (k VARCHAR, d DECIMAL(30,2))");
  const ViewPlan view = planned(kSums);
  EXPECT_EQ(match(note, view), StateMatch::kOther);
  EXPECT_NE(state_difference(note, view).find("is:  columns "), std::string::npos);
}

TEST_F(KeptState, TheDifferenceIsShownAsTheUserWroteIt) {
  const std::string note = note_of_state(planned(kSums));
  EXPECT_EQ(state_difference(note, planned("SELECT k, count(*) FROM events GROUP BY k")),
            std::string("  was: ") + kSums + "\n  is:  SELECT k, count(*) FROM events GROUP BY k");
}

}  // namespace
}  // namespace sluice::sql
