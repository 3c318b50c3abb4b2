#include "charts/chart_json.h"

#include "charts/chart_rig.h"

namespace sluice::charts {
namespace {

Json news(const ChartSpec* spec, const ChartState& state, bool appends = false) {
  const std::vector<SharedRows> rows = state.rows();
  const std::string text = news_json({.pipeline = "p\"q",
                                      .chart = "c",
                                      .spec = spec,
                                      .appends = appends,
                                      .rows = rows,
                                      .state = &state});
  const Json json = parse_json(text);
  EXPECT_FALSE(json.is_discarded()) << text;
  return json;
}

/// One row for each value of the column `v` of a table.
ChartSpec table(const std::string& type) {
  return spec_of("c: {sql: SELECT 1, table: {}}", "v " + type, false);
}

ChartState with(Rows rows) {
  ChartState state;
  state.is_looked = true;
  state.blocks = {{1, std::make_shared<const Rows>(std::move(rows))}};
  return state;
}

TEST(ChartJson, OddNumbers) {
  const ChartSpec spec = table("DOUBLE");
  Rows rows(spec.columns);
  rows.values[0].add_null();
  rows.values[0].add_real(std::nan(""));
  rows.values[0].add_real(std::numeric_limits<double>::infinity());
  rows.values[0].add_real(0.1);
  rows.values[0].add_real(1e300);
  rows.values[0].add_integer(std::int64_t{1} << 53);
  rows.values[0].add_integer((std::int64_t{1} << 53) + 1);
  rows.values[0].add_integer(std::numeric_limits<std::int64_t>::min());
  rows.values[0].add_text("170141183460469231731687303715884105727");
  const Json json = news(&spec, with(std::move(rows)));
  EXPECT_EQ(json["data"][0],
            Json({nullptr, nullptr, nullptr, 0.1, 1e300, 9007199254740992, "9007199254740993",
                  "-9223372036854775808", "170141183460469231731687303715884105727"}));
  EXPECT_EQ(json["columns"], Json({{{"name", "v"}, {"type", "number"}}}));
  EXPECT_EQ(json["mode"], "replace");
  EXPECT_EQ(json["pipeline"], "p\"q");
}

TEST(ChartJson, OddTexts) {
  const ChartSpec spec = table("VARCHAR");
  Rows rows(spec.columns);
  const std::vector<std::string> texts = {"",          "\"\\\n\t", std::string("a\0b", 3),
                                          "</script>", "日本 é",   "\x7f"};
  for (const std::string& text : texts) rows.values[0].add_text(text);
  EXPECT_EQ(news(&spec, with(std::move(rows)))["data"][0], Json(texts));
}

TEST(ChartJson, ALongTextIsCutBetweenLetters) {
  const ChartSpec spec = table("VARCHAR");
  Rows rows(spec.columns);
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  rows.values[0].add_text("x" + text);
  const std::string cut = news(&spec, with(std::move(rows)))["data"][0][0];
  EXPECT_LE(cut.size(), Values::kTextBytesMax + 3);
  EXPECT_TRUE(cut.ends_with("é…"));
}

TEST(ChartJson, SaysWhyNothingIsThere) {
  const ChartSpec line = spec_of(kLine, kColumns, true);
  ChartState state;
  EXPECT_EQ(news(nullptr, state)["none"], "no batch has run yet");
  EXPECT_EQ(news(&line, state)["none"], "no batch has run yet");
  state.is_looked = true;
  EXPECT_EQ(news(&line, state)["none"], "no rows in the last 15 minutes");
  const ChartSpec result = table("DOUBLE");
  EXPECT_EQ(news(&result, state)["none"], "the query gives no rows");
}

TEST(ChartJson, ErrorHasItsPlace) {
  ChartState state;
  state.error = ChartError{"Conversion Error: \"x\"", 12, 7};
  const Json json = news(nullptr, state);
  EXPECT_EQ(json["error"],
            Json({{"message", "Conversion Error: \"x\""}, {"line", 12}, {"column", 7}}));
  EXPECT_EQ(json["data"], Json::array());
}

TEST(ChartJson, AResultThatIsCutSaysSo) {
  const ChartSpec spec = table("DOUBLE");
  ChartState state = with(Rows(spec.columns));
  state.truncated = true;
  state.total = 12;
  EXPECT_EQ(news(&spec, state)["truncated"], true);
  EXPECT_EQ(news(&spec, state)["total"], 12);
}

TEST(ChartJson, CsvOfOddValues) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, table: {}}",
              "\"a,b\" VARCHAR, n DECIMAL(9,2), at TIMESTAMP, yes BOOLEAN", false);
  Rows rows(spec.columns);
  const std::vector<std::string> texts = {"plain", "a \"b\",\nc", "=1+1", "-x"};
  for (const std::string& text : texts) {
    rows.values[0].add_text(text);
    rows.values[1].add_text("-1.50");
    rows.values[2].add_integer(1'700'000'000'123);
    rows.values[3].add_integer(1);
  }
  for (Values& values : rows.values) values.add_null();
  const SharedRows shared = std::make_shared<const Rows>(std::move(rows));
  EXPECT_EQ(chart_csv(&spec, {&shared, 1}),
            "\"a,b\",n,at,yes\r\n"
            "plain,-1.50,2023-11-14T22:13:20.123Z,true\r\n"
            "\"a \"\"b\"\",\nc\",-1.50,2023-11-14T22:13:20.123Z,true\r\n"
            "'=1+1,-1.50,2023-11-14T22:13:20.123Z,true\r\n"
            "'-x,-1.50,2023-11-14T22:13:20.123Z,true\r\n"
            ",,,\r\n");
}

TEST(ChartJson, ChartAsAPageGetsIt) {
  const auto entry = chart_of(
      "power: {tab: Network, title: Power now, from: now, unit: MW, digits: 1, "
      "thresholds: {80: bad, 60: warn}, number: {value: mw, against: 15m, good: up}}");
  const Json json = parse_json(dump_json(chart_json(*entry, nullptr)));
  EXPECT_EQ(json, parse_json(R"({"id": "power", "title": "Power now", "tab": "Network",
      "kind": "number", "unit": "MW", "digits": 1, "width": 3, "from": "now",
      "thresholds": [{"at": 60.0, "tone": "warn"}, {"at": 80.0, "tone": "bad"}],
      "options": {"value": "mw", "against": "15m", "good": "up", "spark": true}})"));
}

TEST(ChartJson, OptionsOfATableAndAMap) {
  const auto table = chart_of(
      "t: {sql: SELECT 1, table: {columns: {kw: {label: Power, digits: 1, bar: true, thresholds: "
      "{5: bad}}, site: {}}, sort: -kw, search: true}}");
  const Json json = parse_json(dump_json(chart_json(*table, nullptr)));
  EXPECT_EQ(json["options"]["columns"]["kw"]["thresholds"][0]["tone"], "bad");
  EXPECT_EQ(json["options"]["columns"]["site"], Json({{"bar", false}}));
  EXPECT_EQ(json["options"]["limit"], 200);
  EXPECT_EQ(json["sql"], "SELECT 1");
  const auto map = chart_of("m: {sql: SELECT 1, map: {lat: a, lon: b, box: [47, 5, 55, 15.5]}}");
  EXPECT_EQ(parse_json(dump_json(chart_json(*map, nullptr)))["options"]["box"],
            Json({47.0, 5.0, 55.0, 15.5}));
}

TEST(ChartJson, AMarkdownHasNoRows) {
  const auto entry = chart_of("notes: {markdown: \"Hot means **hot**\", width: 4}");
  const Json json = parse_json(dump_json(chart_json(*entry, nullptr)));
  EXPECT_EQ(json["markdown"], "Hot means **hot**");
  EXPECT_EQ(json["kind"], "markdown");
  EXPECT_EQ(json["width"], 4);
}

TEST(ChartJson, TheRangeIsToldOnceThePlanIsKnown) {
  const ChartSpec spec =
      spec_of("c: {sql: SELECT 1, line: {x: at, y: v}, range: 1h}", kColumns, true);
  EXPECT_EQ(chart_json(*spec.entry, &spec)["range_ms"], 3'600'000);
  EXPECT_FALSE(chart_json(*spec.entry, nullptr).contains("range_ms"));
  const ChartSpec points = spec_of("c: {sql: SELECT 1, scatter: {x: at, y: v}}", kColumns, true);
  EXPECT_EQ(chart_json(*points.entry, &points)["options"]["time"], true);
}

TEST(ChartJson, ANumberKeepsMoreThanItIsComparedWith) {
  const ChartSpec spec = spec_of("c: {sql: SELECT 1, number: {value: v, against: 1h, before: w}}",
                                 "v DOUBLE, w DOUBLE", false);
  EXPECT_GT(spec.range_ms, 3'600'000);
  EXPECT_EQ(spec.columns, (std::vector<Column>{{"at", ColumnType::kTime},
                                               {"v", ColumnType::kNumber},
                                               {"before", ColumnType::kNumber}}));
}

}  // namespace
}  // namespace sluice::charts
