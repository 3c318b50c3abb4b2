#include "questions/sandbox.h"

#include "questions/question_rig.h"

namespace sluice::questions {
namespace {

class SandboxTest : public QuestionTest {
 protected:
  SandboxTest() {
    must(
        "CREATE TABLE totals AS SELECT 'k' || i AS k, i AS n, CAST(i AS DECIMAL(10,2)) AS amount "
        "FROM range(3) AS r(i)");
    must("CREATE TABLE batch_rows AS SELECT i AS id, 'k' || (i % 3) AS k FROM range(6) AS r(i)");
  }
  void expect_refused(const std::string& sql, const std::string& message) {
    const auto answered = ask(sql);
    ASSERT_FALSE(answered) << sql;
    EXPECT_EQ(answered.error().kind(), Kind::kUser) << answered.error().message();
    EXPECT_NE(answered.error().message().find(message), std::string::npos)
        << sql << ": " << answered.error().message();
  }
};

TEST_F(SandboxTest, JoinsWhatItReads) {
  EXPECT_EQ(rows("SELECT t.k, n, count(*) FROM totals t JOIN batch_rows USING (k) GROUP BY ALL "
                 "ORDER BY 1"),
            R"([["k0",0,2],["k1",1,2],["k2",2,2]])");
  ASSERT_EQ(wish_.size(), 2U);
}

TEST_F(SandboxTest, CopiesOnlyTheColumnsThatAreNamed) {
  EXPECT_EQ(rows("SELECT sum(N) FROM totals"), "[[3]]");
  ASSERT_EQ(wish_.size(), 1U);
  EXPECT_EQ(wish_[0].columns, std::vector<std::size_t>{1});
  EXPECT_EQ(rows("SELECT count(*) FROM totals"), "[[3]]");
  EXPECT_TRUE(wish_[0].columns.empty());
  EXPECT_EQ(rows("SELECT a.n, count(*) FROM totals a, totals b, batch_rows GROUP BY 1 ORDER BY 1"),
            "[[0,18],[1,18],[2,18]]");
  EXPECT_EQ(rows("SELECT t FROM totals AS t LIMIT 1"), R"([[{"k":"k0","n":0,"amount":0.00}]])");
  EXPECT_EQ(wish_[0].columns.size(), 3U);
}

TEST_F(SandboxTest, ReadsNothingWhereNothingIsNamed) {
  EXPECT_EQ(rows("SELECT 1 + 1 AS two"), "[[2]]");
  EXPECT_TRUE(wish_.empty());
}

TEST_F(SandboxTest, WideNumbersAndDecimalsAreTexts) {
  EXPECT_EQ(
      rows("SELECT 9007199254740992, 9007199254740993, -9007199254740993, 1.50, NULL, "
           "CAST('nan' AS DOUBLE), true, 'a\"b', CAST(170141183460469231731687303715884105727 "
           "AS HUGEINT)"),
      R"([[9007199254740992,"9007199254740993","-9007199254740993","1.50",null,"NaN",true,)"
      R"("a\"b","170141183460469231731687303715884105727"]])");
}

TEST_F(SandboxTest, KnowsSparksFunctionsAndTheTimeZone) {
  zone_ = "Europe/Berlin";
  EXPECT_EQ(rows("SELECT nvl(NULL, 'x'), date_format(TIMESTAMPTZ '2024-07-01 00:00:00+00', "
                 "'yyyy-MM-dd HH')"),
            R"([["x","2024-07-01 02"]])");
}

TEST_F(SandboxTest, MoreRowsThanAskedForAreLeftOut) {
  const auto answered = ask("SELECT n FROM totals ORDER BY n", AnswerForm::kRows, 2);
  ASSERT_TRUE(answered) << answered.error().message();
  EXPECT_NE(answered->find(R"("rows":[[0],[1]],"truncated":true)"), std::string::npos) << *answered;
}

TEST_F(SandboxTest, OtherFormsAreOneText) {
  const std::string sql = "SELECT k, amount, [n] AS l FROM totals WHERE n = 1";
  EXPECT_NE(ask(sql, AnswerForm::kCsv)->find(R"("text":"k,amount,l\nk1,1.00,[1]\n")"),
            std::string::npos)
      << *ask(sql, AnswerForm::kCsv);
  EXPECT_NE(ask(sql, AnswerForm::kLines)->find(R"({\"k\":\"k1\",\"amount\":1.00,\"l\":[1]}\n)"),
            std::string::npos)
      << *ask(sql, AnswerForm::kLines);
  EXPECT_NE(ask(sql, AnswerForm::kTable)->find("|k1 |1.00  |[1]|"), std::string::npos)
      << *ask(sql, AnswerForm::kTable);
}

TEST_F(SandboxTest, ErrorsHaveTheirPlace) {
  expect_refused("SELECT *\nFROM total",
                 "2:6: no source or view is named 'total'; did you mean "
                 "'totals'?");
  expect_refused("SELECT nn FROM totals", "1:8: ");
  expect_refused("SELEC 1", "1:1: ");
  const PlacedMessage found = placed("12:7: wrong");
  EXPECT_EQ(found.message, "wrong");
  EXPECT_EQ(found.line, 12);
  EXPECT_EQ(found.column, 7);
  EXPECT_EQ(placed("12 of 7: wrong").line, 0);
}

TEST_F(SandboxTest, RefusesAllThatIsNoSelect) {
  for (const char* sql :
       {"ATTACH '/tmp/x.db'", "COPY totals TO '/tmp/x'", "PRAGMA version",
        "SET memory_limit = '8GB'", "DROP TABLE totals", "INSERT INTO totals VALUES (1)",
        "CREATE TABLE x AS SELECT 1", "INSTALL httpfs", "LOAD json", "CALL pragma_version()",
        "EXPORT DATABASE '/tmp/x'"}) {
    expect_refused(sql, "a question is one SELECT statement");
  }
  expect_refused("SELECT 1; SELECT 2", "a second statement; a question is one SELECT statement");
  expect_refused("", "no SQL; a question is one SELECT");
}

TEST_F(SandboxTest, ReadsNoFilesAndNoSettings) {
  expect_refused("SELECT * FROM read_csv('/etc/passwd')", "the table function read_csv is not");
  expect_refused("SELECT * FROM '/etc/passwd'", "a question cannot read the file '/etc/passwd'");
  expect_refused("SELECT * FROM glob('/etc/*')", "the table function glob is not possible");
  expect_refused("SELECT * FROM query('SELECT 1')", "the table function query is not possible");
  expect_refused("SELECT * FROM duckdb_settings()", "is not possible");
  expect_refused("SELECT * FROM information_schema.tables", "is not a source or view");
  expect_refused("SELECT getenv('HOME')", "getenv");
  expect_refused("SELECT current_setting('memory_limit')", "current_setting");
  expect_refused("SELECT (SELECT max(content) FROM read_text('/etc/passwd'))", "read_text");
}

TEST_F(SandboxTest, MoreMemoryThanItMayUseEndsIt) {
  expect_refused(
      "SELECT count(*) FROM (SELECT DISTINCT i, repeat('x', 100) || i FROM "
      "range(100000000) AS r(i))",
      "E_QUESTION_TOO_LARGE: the question needs more than the 256 MiB");
}

TEST_F(SandboxTest, ALargeAnswerIsCutOff) {
  const auto answered = ask("SELECT repeat('x', 1000000) FROM range(20)");
  ASSERT_TRUE(answered) << answered.error().message();
  EXPECT_LT(answered->size(), 9'000'000U);
  EXPECT_TRUE(answered->ends_with(R"("truncated":true)"));
  expect_refused("SELECT repeat('x', 20000000)", "E_QUESTION_TOO_LARGE: one row");
}

TEST_F(SandboxTest, NamesThatSqlReservesAndColumnsThatAreThereTwice) {
  must("CREATE TABLE \"order\" AS SELECT 1 AS \"select\", 2 AS \"we \"\"ird\"");
  EXPECT_EQ(rows("SELECT \"select\", * FROM \"order\""), "[[1,1,2]]");
  EXPECT_NE(ask("SELECT n, n FROM totals WHERE n = 1", AnswerForm::kCsv)->find("n,n\\n1,1"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::questions
