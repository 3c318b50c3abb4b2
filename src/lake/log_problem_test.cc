#include "lake/log_problem.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

std::string words(Kind kind, const std::string& text) {
  return log_problem(Error(kind, "delta: " + text)).message();
}

TEST(LogProblem, ABrokenLogIsToldInOurWords) {
  EXPECT_EQ(
      words(Kind::kCorruption, "No table metadata found in delta log."),
      "E_BROKEN_LOG: the Delta table's log has no metaData action: its first entry is gone or "
      "broken (No table metadata found in delta log.); restore the files of _delta_log from "
      "a copy, or make the table again");
  EXPECT_NE(words(Kind::kCorruption, "Json error: expected value at line 1").find("is not JSON ("),
            std::string::npos);
  EXPECT_NE(words(Kind::kCorruption, "Expected contiguous commit files").find("lacks entries"),
            std::string::npos);
  EXPECT_NE(words(Kind::kCorruption, "what else").find("contradicts itself (what else)"),
            std::string::npos);
}

TEST(LogProblem, AnUnknownFeatureIsNamed) {
  EXPECT_EQ(words(Kind::kUser, "Unsupported: Feature 'timeTravelPlus' is not supported"),
            "E_UNKNOWN_FEATURE: the Delta table has the feature timeTravelPlus, which sluice does "
            "not know; drop it with the tool that added it");
  EXPECT_EQ(words(Kind::kUser, "Unsupported minimum reader version 9"),
            "E_UNKNOWN_FEATURE: the Delta table asks for reader version 9, which sluice does not "
            "know");
}

TEST(LogProblem, OtherErrorsStay) {
  EXPECT_EQ(words(Kind::kTransient, "connection reset"), "delta: connection reset");
  EXPECT_EQ(words(Kind::kUser, "permission denied"), "delta: permission denied");
}

}  // namespace
}  // namespace sluice::lake
