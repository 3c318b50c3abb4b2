#include "connectors/console/console_sink.h"

#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/log.h"
#include "support/text_table.h"

namespace sluice::connectors {
namespace {

using connector::TextTable;

TextTable numbers(int count) {
  std::vector<TextTable::Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back({std::to_string(i)});
  return {data::Schema({{"id", data::TypeId::kBigint}}), std::move(rows)};
}

Result<std::unique_ptr<connector::Sink>> make(const ConfigValue& given) {
  const auto kind = console_sink_kind();
  auto options = Options::validate(kind.options, given, "the console sink");
  if (!options) return std::move(options).error();
  const SystemClock clock;
  SystemRandom random;
  const auto files = io::make_local_file_system();
  return kind.make(*options, {"p", "s", clock, random, *files});
}

ConfigValue one_option(const std::string& name, const std::string& text) {
  return ConfigValue::map({{name, {}, ConfigValue::scalar(text, false, {"p.yaml", 3, 5})}}, {});
}

TEST(ConsoleSink, PrintsWhenPublished) {
  std::ostringstream out;
  ConsoleSink sink({}, out);
  TextTable rows = numbers(1);
  const auto staged = sink.stage(7, rows);
  ASSERT_TRUE(staged);
  EXPECT_EQ(out.str(), "");
  ASSERT_TRUE(sink.publish(*staged));
  EXPECT_EQ(out.str(),
            "-------------------------------------------\n"
            "Batch: 7\n"
            "-------------------------------------------\n"
            "+---+\n"
            "| id|\n"
            "+---+\n"
            "|  0|\n"
            "+---+\n"
            "\n");
}

TEST(ConsoleSink, ShowsTheFirstRowsAndCountsAll) {
  std::ostringstream out;
  ConsoleSink sink({.rows = 2, .show = {}}, out);
  TextTable rows = numbers(3);
  const auto staged = sink.stage(0, rows);
  ASSERT_TRUE(staged);
  ASSERT_TRUE(sink.publish(*staged));
  EXPECT_EQ(staged->rows, 3U);
  EXPECT_TRUE(out.str().ends_with("|  1|\n+---+\nonly showing top 2 rows\n"));
}

TEST(ConsoleSink, WhatGoesToTheOutboxIsBounded) {
  std::ostringstream out;
  ConsoleSink sink({.rows = 1000, .show = {.truncate = 0}}, out);
  const std::string large(1 << 20, 'x');
  TextTable rows(data::Schema({{"t", data::TypeId::kVarchar}}),
                 std::vector<TextTable::Row>(100, {large}));
  const auto staged = sink.stage(0, rows);
  ASSERT_TRUE(staged);
  EXPECT_LT(staged->action.size(), std::size_t{2} << 20);
  EXPECT_EQ(staged->rows, 100U);
}

TEST(ConsoleSink, ShowsTheSchemaWhenItIsOpened) {
  std::ostringstream out;
  ConsoleSink sink({.schema = true}, out);
  ASSERT_TRUE(sink.open(numbers(1).schema(), connector::OutputMode::kAppend));
  EXPECT_TRUE(out.str().starts_with("root\n |-- ")) << out.str();
}

TEST(ConsoleSink, ShowsAsManyBatchesAsItIsTold) {
  std::ostringstream out;
  ConsoleSink sink({.batches = 2}, out);
  for (data::BatchId batch = 5; batch < 9; ++batch) {
    TextTable rows = numbers(3);
    const auto staged = sink.stage(batch, rows);
    ASSERT_TRUE(staged);
    EXPECT_EQ(staged->rows, 3U);
    ASSERT_TRUE(sink.publish(*staged));
  }
  EXPECT_NE(out.str().find("Batch: 6"), std::string::npos);
  EXPECT_EQ(out.str().find("Batch: 7"), std::string::npos);
}

TEST(ConsoleSink, AClosedOutputIsAnError) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  ConsoleSink sink({}, out);
  TextTable rows = numbers(1);
  const auto staged = sink.stage(0, rows);
  EXPECT_FALSE(sink.publish(*staged));
}

TEST(ConsoleSink, TruncateIsANumberOrABoolean) {
  EXPECT_TRUE(make(one_option("truncate", "false")));
  EXPECT_TRUE(make(one_option("truncate", "40")));
  const auto wrong = make(one_option("truncate", "much"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "p.yaml:3:5: 'truncate' must be true, false or a number of characters such as 40");
}

TEST(ConsoleSink, NamesThePipelineWhereThereAreSeveral) {
  std::ostringstream out;
  ConsoleSink sink({}, out);
  TextTable rows = numbers(1);
  const LogScope scope("orders");
  const auto staged = sink.stage(7, rows);
  ASSERT_TRUE(staged);
  ASSERT_TRUE(sink.publish(*staged));
  EXPECT_NE(out.str().find("\nBatch: 7 of orders\n"), std::string::npos) << out.str();
}

TEST(ConsoleSink, TablesOfTwoPipelinesStayWhole) {
  constexpr int kBatches = 200;
  std::ostringstream out;
  const auto show = [&] {
    ConsoleSink sink({}, out);
    TextTable rows = numbers(20);
    const auto staged = sink.stage(1, rows);
    ASSERT_TRUE(staged);
    for (int i = 0; i < kBatches; ++i) ASSERT_TRUE(sink.publish(*staged));
  };
  show();
  const std::string alone = out.str();
  out.str("");
  {
    const std::jthread one(show);
    const std::jthread other(show);
  }
  EXPECT_EQ(out.str(), alone + alone);
}

}  // namespace
}  // namespace sluice::connectors
