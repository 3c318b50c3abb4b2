#include "sql/tree/binder_message.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

TEST(BinderMessage, NamesNoMacroOfOurs) {
  EXPECT_EQ(in_words_of_the_user("Macro sluice_window() does not support the supplied arguments.")
                .substr(0, 42),
            "window() takes a TIMESTAMP or TIMESTAMPTZ ");
}

TEST(BinderMessage, NamesNoColumnOfOurs) {
  EXPECT_EQ(in_words_of_the_user("not found\nCandidate bindings: \"v\", \"__sluice_nth\""),
            "not found\nCandidate bindings: \"v\"");
}

TEST(BinderMessage, LeavesOutOverloads) {
  EXPECT_EQ(in_words_of_the_user("No function matches 'sum(VARCHAR)'.\n\tCandidate functions:\n\t"
                                 "sum(DECIMAL) -> DECIMAL\n\tsum(DOUBLE) -> DOUBLE\n"),
            "No function matches 'sum(VARCHAR)'.");
  EXPECT_EQ(in_words_of_the_user("No function matches 'net(VARCHAR)'.\n\tCandidate functions:\n\t"
                                 "net(DOUBLE) -> DOUBLE\n"),
            "No function matches 'net(VARCHAR)'. There is net(DOUBLE) -> DOUBLE");
}

TEST(BinderMessage, FindsTheWordInTheTextAsWritten) {
  const std::string_view written = "SELECT window(ts, '1 hour'),\n  kk FROM t";
  const std::string_view statement = "SELECT sluice_window(ts, 3600, 3600, 0, 0), kk FROM t";
  EXPECT_EQ(find_as_written(statement, statement.find("kk"), written), written.find("kk"));
  EXPECT_EQ(find_as_written(statement, statement.find("sluice"), written), written.find("window"));
}

TEST(BinderMessage, FindsTheSameOfSeveral) {
  const std::string_view text = "SELECT sum(v), v, 'v' FROM t";
  const std::string_view statement = "SELECT sum(v), v, 'v' FROM t";
  EXPECT_EQ(find_as_written(statement, 15, text), 15);
}

TEST(BinderMessage, MessageWithoutPlacePointsToWhatItNames) {
  EXPECT_EQ(find_named("column total must appear in the GROUP BY clause", "SELECT k HAVING total"),
            16);
  EXPECT_EQ(find_named("time pattern 'YYYY' has", "SELECT f(ts, 'YYYY')"), 13);
  EXPECT_EQ(find_named("GROUP BY term out of range", "SELECT k"), 0);
}

TEST(BinderMessage, WordThatTheUserDidNotWriteHasNoPlace) {
  EXPECT_EQ(find_as_written("SELECT made", 7, "SELECT a"), 0);
  EXPECT_EQ(find_as_written("SELECT made", 70, "SELECT a"), 0);
}

}  // namespace
}  // namespace sluice::sql
