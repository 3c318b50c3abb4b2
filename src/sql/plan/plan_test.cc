#include "sql/plan/plan.h"

#include <gtest/gtest.h>

#include "sql/plan/plan_fixture.h"
#include "sql/scan/record_batch_fixture.h"
#include "sql/scan/scan.h"
#include "sql/spark/parse_view.h"
#include "sql/view/bind_view.h"

namespace sluice::sql {
namespace {

using connector::OutputMode;

TEST_F(PlanTest, StatelessViewReadsTheBatch) {
  start({"SELECT k, i + 1 AS j FROM events WHERE i > 1", "SELECT j FROM v;"});
  EXPECT_EQ(view("v").kind, ViewKind::kStateless);
  EXPECT_EQ(view("v").schema.to_string(), "k VARCHAR, j INTEGER");
  EXPECT_EQ(view("v").inputs, std::vector<std::string>{"events"});
  EXPECT_EQ(view("v").modes, (std::set<OutputMode>{OutputMode::kAppend, OutputMode::kUpdate}));
  batch("SELECT 'a', unnest([1, 2, 3]), 1, 1, NULL, NULL");
  EXPECT_EQ(rows("SELECT * FROM w"), "3\n4\n");
}

TEST_F(PlanTest, InputsComeBeforeTheirUsers) {
  start({"SELECT * FROM w", "SELECT * FROM x", "SELECT k FROM events"});
  EXPECT_EQ(plan_.views[0].name, "x");
  EXPECT_EQ(plan_.views[2].name, "v");
}

TEST_F(PlanTest, StatelessForms) {
  start(
      {"SELECT * REPLACE (upper(k) AS k) FROM events",
       "SELECT * EXCLUDE (d), unnest(l) AS x FROM events AS e WHERE e.i > 0",
       "WITH a AS (SELECT k FROM events), b AS (FROM a) SELECT k FROM b UNION ALL SELECT k FROM a",
       "SELECT e.k, u.x FROM events e, unnest(e.l) AS u(x)",
       "SELECT k, (SELECT max(x) FROM unnest(l) AS u(x)) AS m FROM events",
       "SELECT e.*, r.name FROM events e LEFT JOIN (VALUES (1, 'one')) AS r(i, name) USING (i)",
       "SELECT k FROM events WHERE i IN (SELECT range FROM range(3))",
       "SELECT list_transform(l, lambda x: x + 1) AS l, random() AS r, now() AS n FROM events"});
  for (const ViewPlan& view : plan_.views) EXPECT_EQ(view.kind, ViewKind::kStateless) << view.name;
  batch("SELECT 'a', unnest([1, 2]), 1, 1, NULL, [5, 6]");
  EXPECT_EQ(rows("SELECT k, m FROM z"), "a|6\na|6\n");
}

TEST_F(PlanTest, StatelessLateralSubqueryAggregatesItsOwnRow) {
  start(
      {"SELECT e.k, s.total FROM events e, LATERAL (SELECT sum(x) AS total FROM unnest(e.l) u(x)) "
       "s"});
  EXPECT_EQ(view("v").kind, ViewKind::kStateless);
}

TEST_F(PlanTest, NamesAreFoundInAnyCaseAndKeptAsDeclared) {
  start({"SELECT K FROM EVENTS", "SELECT k FROM \"V\""});
  EXPECT_EQ(view("v").inputs, std::vector<std::string>{"events"});
  EXPECT_EQ(view("w").inputs, std::vector<std::string>{"v"});
}

TEST_F(PlanTest, SourceColumnsByName) {
  start({"SELECT e.K, i + 1 AS j FROM events AS e WHERE f > 0", "SELECT sum(d) FROM events"});
  EXPECT_EQ(plan_.source_columns["events"], (std::set<std::string>{"d", "f", "i", "k"}));
}

TEST_F(PlanTest, SourceColumnsAreAllWhenInDoubt) {
  for (const char* sql : {"SELECT * EXCLUDE (k) FROM events", "SELECT events FROM events",
                          "SELECT a FROM events AS e(a)", "SELECT COLUMNS('k|i') FROM events"}) {
    start({sql});
    EXPECT_EQ(plan_.source_columns["events"].size(), 6U) << sql;
  }
}

TEST_F(PlanTest, ViewWithoutSourceCanBeJoinedButNotWritten) {
  start({"SELECT * FROM (VALUES (1, 'one')) AS r(i, name)",
         "SELECT k, name FROM events JOIN v USING (i)"});
  EXPECT_EQ(view("w").kind, ViewKind::kStateless);
  EXPECT_TRUE(check_mode(view("w"), OutputMode::kAppend));
  EXPECT_FALSE(check_mode(view("v"), OutputMode::kAppend));
}

TEST_F(PlanTest, ModesAreRefusedInSparksTerms) {
  start({"SELECT k FROM events", "SELECT k, count(*) AS n FROM events GROUP BY k",
         "SELECT max(n) AS n FROM w", "SELECT k, count(*) AS n FROM events GROUP BY k ORDER BY n"});
  const auto reason = [this](const char* name, OutputMode mode) {
    const Status status = check_mode(view(name), mode);
    return status ? "" : status.error().message();
  };
  EXPECT_EQ(reason("v", OutputMode::kUpdate), "");
  EXPECT_NE(reason("v", OutputMode::kComplete).find("without an aggregate"), std::string::npos);
  EXPECT_NE(reason("w", OutputMode::kAppend).find("without a watermark"), std::string::npos);
  EXPECT_EQ(reason("w", OutputMode::kUpdate), "");
  EXPECT_NE(reason("x", OutputMode::kUpdate).find("use mode: complete"), std::string::npos);
  EXPECT_NE(reason("y", OutputMode::kUpdate).find("ORDER BY"), std::string::npos);
}

struct Refused {
  const char* sql;
  const char* words;  ///< part of the message
};

class RefusalTest : public PlanTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(RefusalTest, SaysWhatAndWhere) {
  const std::string message = refusal({GetParam().sql});
  EXPECT_TRUE(message.starts_with("p.yaml:1")) << message;
  EXPECT_NE(message.find(GetParam().words), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Statements, RefusalTest,
    ::testing::Values(Refused{"INSERT INTO events VALUES (1)", "one SELECT statement"},
                      Refused{"SELECT 1; SELECT 2", "a second statement"}, Refused{"", "no SQL"},
                      Refused{"SELEC k FROM events", "p.yaml:10:5: view 'v': syntax error"},
                      Refused{"SELECT k, offset FROM events", "write \"offset\" in double quotes"},
                      Refused{"PIVOT events ON k USING sum(d)", "PIVOT"},
                      Refused{"DESCRIBE events", "DESCRIBE"}, Refused{"SELECT $1", "parameter"},
                      Refused{"CALL enable_logging()", "one SELECT statement"},
                      Refused{"SELECT nothing FROM events",
                              "p.yaml:10:12: view 'v': Referenced column"},
                      Refused{"SELECT k\nFROM events\nWHERE  nothing > 1", "p.yaml:12:8"},
                      Refused{"SELECT 'é', nothing FROM events", "p.yaml:10:17"}));

INSTANTIATE_TEST_SUITE_P(
    Tables, RefusalTest,
    ::testing::Values(
        Refused{"SELECT * FROM event",
                "no source or view is named 'event'; did you mean 'events'?"},
        Refused{"SELECT * FROM 'data.csv'", "cannot read the file"},
        Refused{"SELECT * FROM read_csv('x')", "table function read_csv"},
        Refused{"SELECT * FROM events, glob('*')", "table function glob"},
        Refused{"SELECT (SELECT count(*) FROM duckdb_tables())", "table function duckdb_tables"},
        Refused{"SELECT * FROM query('SELECT 1')", "table function query"},
        Refused{"SELECT * FROM state.totals", "is not a source or view"},
        Refused{"SELECT * FROM temp.events", "is not a source or view"},
        Refused{"SELECT * FROM pg_tables", "no source or view is named"},
        Refused{"WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "named 'b'"},
        Refused{"SELECT nextval('s') FROM events", "function nextval"},
        Refused{"SELECT * FROM v", "reads itself"}));

INSTANTIATE_TEST_SUITE_P(
    Streams, RefusalTest,
    ::testing::Values(
        Refused{"SELECT * FROM events ORDER BY i",
                "p.yaml:10:35: view 'v': ORDER BY over a stream"},
        Refused{"SELECT * FROM events LIMIT 3", "LIMIT over a stream"},
        Refused{"SELECT * FROM (SELECT DISTINCT k FROM events)", "a view of its own"},
        Refused{"SELECT DISTINCT k FROM events UNION ALL SELECT k FROM events", "of its own"},
        Refused{"SELECT DISTINCT k FROM events ORDER BY k", "ORDER BY over a stream"},
        Refused{"SELECT DISTINCT ON (7) k, i FROM events", "out of range"},
        Refused{"SELECT k FROM events QUALIFY row_number() OVER (PARTITION BY k ORDER BY t) = 1",
                "write SELECT DISTINCT ON"},
        Refused{"SELECT row_number() OVER (ORDER BY t) FROM events", "window function row_number"},
        Refused{"SELECT k FROM events QUALIFY rank() OVER () = 1", "window function"},
        Refused{"SELECT k FROM events EXCEPT SELECT k FROM events", "UNION is, and a SEMI"},
        Refused{"SELECT k FROM events INTERSECT SELECT k FROM events", "INTERSECT over a stream"},
        Refused{"SELECT k FROM events UNION ALL SELECT 'a'", "repeat those rows"},
        Refused{
            "SELECT k, sum(n) FROM (SELECT a.k, count(*) AS n FROM events a JOIN events b USING "
            "(k) GROUP BY a.k) GROUP BY k",
            "below an aggregate or DISTINCT that is not a view of its own"},
        Refused{"SELECT a.k FROM events a ASOF JOIN events b ON a.k = b.k AND a.t > b.t",
                "an ASOF JOIN of streams"},
        Refused{"SELECT * FROM (VALUES (1)) r(i) LEFT JOIN events USING (i)", "LEFT JOIN"},
        Refused{"SELECT * FROM events FULL JOIN (VALUES (1)) r(i) USING (i)", "JOIN that keeps"},
        Refused{"SELECT * FROM events USING SAMPLE 10%", "SAMPLE"},
        Refused{"SELECT * FROM events TABLESAMPLE 10%", "SAMPLE"},
        Refused{"SELECT k FROM events WHERE i > (SELECT avg(i) FROM events)",
                "subquery over a stream"},
        Refused{"SELECT k FROM events WHERE EXISTS (SELECT 1 FROM events)",
                "subquery over a stream"},
        Refused{"WITH RECURSIVE r AS (SELECT i FROM events UNION ALL SELECT i + 1 FROM r) FROM r",
                "RECURSIVE"},
        Refused{"SELECT * FROM (SELECT k, sum(d) FROM events GROUP BY k)", "a view of its own"},
        Refused{"WITH t AS (SELECT sum(d) AS s FROM events) SELECT * FROM t", "a view of its own"},
        Refused{"SELECT * FROM (SELECT * FROM events ORDER BY k LIMIT 1)",
                "ORDER BY over a stream"}));

INSTANTIATE_TEST_SUITE_P(
    Aggregates, RefusalTest,
    ::testing::Values(
        Refused{"SELECT reservoir_quantile(i, 0.5) FROM events", "takes a random sample"},
        Refused{"SELECT nth_value(i, 2) FROM events", "nth_value"},
        Refused{"SELECT *, count(*) FROM events GROUP BY ALL", "name the columns"},
        Refused{"SELECT k, (SELECT 1) + count(*) FROM events GROUP BY k", "a subquery beside"},
        Refused{"SELECT k, sum(k) FROM events GROUP BY k", "No function matches"},
        Refused{"SELECT i, sum(d) FROM events GROUP BY k", "p.yaml:10:12"}));

TEST_F(PlanTest, SparkFunctionsOfTheViewsAreDefined) {
  start({"SELECT try_to_date(k, 'dd/MM/yyyy') AS day, nvl(i, 0) AS i FROM events",
         "SELECT day, sum(pmod(i, 3))::BIGINT AS s FROM v GROUP BY day"});
  batch("SELECT unnest(['04/02/2024', 'x']), -1, 1, 1, NULL, NULL");
  EXPECT_EQ(complete("w"), "2024-02-04|2\nNULL|2\n");
}

TEST_F(PlanTest, SparkCallsThatNoMacroCanStandForAreRewritten) {
  start({"SELECT named_struct('a', i, 'b', k) AS s, struct(k, 1) AS t FROM events",
         "SELECT k, posexplode(l), format_string('%s!', k) FROM events"});
  EXPECT_EQ(view("v").schema.to_string(),
            "s STRUCT(a INTEGER, b VARCHAR), t STRUCT(k VARCHAR, col2 INTEGER)");
  batch("SELECT 'x', 1, 1, 1, NULL, [5, 6]");
  EXPECT_EQ(rows("SELECT k, pos, col FROM w"), "x|0|5\nx|1|6\n");
}

TEST_F(PlanTest, SparkFunctionsThatAreNotThereGetAdvice) {
  EXPECT_NE(refusal({"SELECT transform(l, i) AS s FROM events"}).find("write list_transform"),
            std::string::npos);
}

TEST_F(PlanTest, SecondLockSeesWhatMixesRowsOfTables) {
  const auto passes = [this](const std::string& sql) {
    const ViewText text{"v", sql, {}};
    return static_cast<bool>(check_row_by_row(*session_, *parse_view(*session_, text)));
  };
  EXPECT_TRUE(passes("SELECT k, unnest(l) FROM events WHERE i > 0"));
  EXPECT_TRUE(passes("SELECT (SELECT max(x) FROM unnest(l) AS u(x)) FROM events"));
  EXPECT_FALSE(passes("SELECT geomean(f) FROM events"));
  EXPECT_FALSE(passes("SELECT DISTINCT k FROM events"));
  EXPECT_FALSE(passes("SELECT k FROM events ORDER BY k"));
  EXPECT_FALSE(passes("SELECT k FROM events LIMIT 1"));
  EXPECT_FALSE(passes("SELECT rank() OVER (ORDER BY k) FROM events"));
  EXPECT_FALSE(passes("SELECT row_number() OVER () FROM events"));
}

TEST_F(PlanTest, SecondLockSeesWhatMixesRowsOfScans) {
  const BarDecoder decoder;
  const auto scan = Scan::define(*session_, {"bars", {{decoder.schema()[0], true, 0}}, &decoder});
  ASSERT_TRUE(scan);
  const ViewText good{"v", "SELECT a + 1 FROM bars", {}};
  const ViewText bad{"v", "SELECT sum(a) FROM bars", {}};
  EXPECT_TRUE(check_row_by_row(*session_, *parse_view(*session_, good)));
  EXPECT_FALSE(check_row_by_row(*session_, *parse_view(*session_, bad)));
}

TEST_F(PlanTest, ResultBesideStreamIsRefused) {
  EXPECT_NE(refusal({"SELECT k, count(*) AS n FROM events GROUP BY k",
                     "SELECT * FROM events JOIN v USING (k)"})
                .find("reads the stream 'events' beside the result"),
            std::string::npos);
}

TEST_F(PlanTest, CycleIsRefused) {
  EXPECT_NE(refusal({"SELECT * FROM w", "SELECT * FROM v"}).find("reads itself"),
            std::string::npos);
}

TEST_F(PlanTest, NameTakenTwiceIsRefused) {
  auto made = make_plan(*session_, {{{"events", "", {}}}, {{"Events", "SELECT 1", {}}}, {}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("name is taken"), std::string::npos);
}

}  // namespace
}  // namespace sluice::sql
