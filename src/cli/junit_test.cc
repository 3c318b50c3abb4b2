#include "cli/junit.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TestOutcome failed() {
  TestOutcome outcome{.file = "a.test.yaml", .name = "late <rows>", .place = "a.test.yaml:3:3"};
  outcome.duration_us = 1500;
  outcome.differences.push_back({.what = "batch 1, sink out",
                                 .place = "a.test.yaml:7:9",
                                 .missing = {"{id: 1}"},
                                 .unexpected = {"{id: 2, text: \"a\x01&b\"}"},
                                 .same = 2});
  return outcome;
}

TEST(Junit, APassedTestIsOneLine) {
  TestOutcome outcome{.file = "a.test.yaml", .name = "works"};
  outcome.duration_us = 2000;
  EXPECT_EQ(junit_text({outcome}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
            "  <testsuite name=\"a.test.yaml\" tests=\"1\" failures=\"0\" errors=\"0\" "
            "time=\"0.002000\">\n"
            "    <testcase classname=\"a.test.yaml\" name=\"works\" time=\"0.002000\"/>\n"
            "  </testsuite>\n</testsuites>\n");
}

TEST(Junit, AFailureHasTheRowsAndNothingThatXmlCannotHold) {
  const std::string text = junit_text({failed()});
  EXPECT_NE(text.find("failures=\"1\" errors=\"0\""), std::string::npos) << text;
  EXPECT_NE(text.find("name=\"late &lt;rows&gt;\""), std::string::npos) << text;
  EXPECT_NE(text.find("- {id: 1}"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x01'), std::string::npos) << text;
}

TEST(Junit, AnErrorIsNoFailure) {
  TestOutcome outcome{.file = "a.test.yaml", .name = "breaks"};
  outcome.error = "a.yaml:3:1: broken";
  const std::string text = junit_text({outcome});
  EXPECT_NE(text.find("failures=\"0\" errors=\"1\""), std::string::npos) << text;
  EXPECT_NE(text.find("<error message=\"a.yaml:3:1: broken\">"), std::string::npos) << text;
}

TEST(Difference, SaysWhereAndWhatAsRows) {
  EXPECT_EQ(difference_text(failed(), false),
            "    batch 1, sink out (a.test.yaml:7:9): - expected, + came; 2 rows are as expected\n"
            "      - {id: 1}\n      + {id: 2, text: \"a &b\"}\n");
}

TEST(Difference, HasColoursOnlyWhereTheyAreAskedFor) {
  EXPECT_EQ(difference_text(failed(), false).find('\x1b'), std::string::npos);
  EXPECT_NE(difference_text(failed(), true).find('\x1b'), std::string::npos);
}

TEST(Difference, UnderChaosSaysWhatWasDoneAndHowToDoItAgain) {
  TestOutcome outcome = failed();
  outcome.chaos = "chaos, round 2 of 20, seed 3\ncuts: none";
  outcome.again = "sluice test a.test.yaml --chaos=1 --seed 3";
  const std::string text = difference_text(outcome, false);
  EXPECT_TRUE(
      text.starts_with("    chaos, round 2 of 20, seed 3\n    cuts: none\n    batch 1, sink "
                       "out (a.test.yaml:7:9): - without chaos, + with it; 2 rows are the "
                       "same\n"))
      << text;
  EXPECT_TRUE(text.ends_with("    again: sluice test a.test.yaml --chaos=1 --seed 3\n")) << text;
  EXPECT_NE(junit_text({outcome}).find("message=\"under chaos: batch 1, sink out\""),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::cli
