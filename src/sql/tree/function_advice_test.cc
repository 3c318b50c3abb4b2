#include "sql/tree/function_advice.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

std::string near(const std::string& word) { return "syntax error at or near \"" + word + "\""; }

TEST(FunctionAdvice, WindowsOfOtherEngines) {
  for (const char* name : {"tumble", "hop", "session", "cumulate"}) {
    EXPECT_NE(function_advice(name).find("window(ts, '"), std::string::npos) << name;
  }
  EXPECT_EQ(function_advice("strlen"), "");
}

TEST(SyntaxAdvice, TableFunctionsOfFlink) {
  const std::string sql = "SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR))";
  EXPECT_NE(syntax_advice(sql, near("TABLE")).find("window(ts, '10 seconds')"), std::string::npos);
  EXPECT_EQ(syntax_advice("SELECT 1 FROM constable(hopscotch", near(")")), "");
}

TEST(SyntaxAdvice, NamesStandInDoubleQuotes) {
  EXPECT_EQ(syntax_advice("SELECT `a` FROM t", near("`")),
            "names go in double quotes, not in backticks: \"order id\"");
  EXPECT_EQ(syntax_advice("SELECT end, a FROM t", near("end")),
            "as a name, end goes in double quotes: \"end\"");
}

TEST(SyntaxAdvice, VersionsOfTables) {
  EXPECT_NE(syntax_advice("SELECT * FROM r FOR SYSTEM_TIME AS OF o.ts", near("FOR"))
                .find("timestamp: \"2024-05-01 12:00:00\""),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
