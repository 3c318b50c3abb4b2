#include "connectors/generator/generator.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connectors/generator/column_values.h"
#include "connectors/generator/generator_rig.h"
#include "support/column_buffer.h"

namespace sluice::connectors {
namespace {

using connector::ColumnBuffer;

/// A generator of one column `c`.
Result<std::shared_ptr<const Generator>> one(const std::string& kind, ConfigValue options,
                                             std::uint64_t seed = 1) {
  return Generator::make(map({{"c", map({{kind, std::move(options)}})}}), seed);
}

std::vector<std::string> values(const Generator& generator, std::int64_t first, std::size_t count,
                                std::size_t column = 0) {
  ColumnBuffer buffer(generator.schema()[column].type, count);
  std::vector<std::uint32_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = static_cast<std::uint32_t>(i);
  BatchTexts texts;
  generator.write(column, {first, count}, rows, texts, buffer.writer());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(buffer.text(i));
  return result;
}

std::vector<std::string> values_of(const std::string& kind, ConfigValue options,
                                   std::size_t count) {
  const auto generator = one(kind, std::move(options));
  EXPECT_TRUE(generator) << generator.error().message();
  return generator ? values(**generator, 0, count) : std::vector<std::string>();
}

std::string error_of(const std::string& kind, ConfigValue options) {
  const auto generator = one(kind, std::move(options));
  return generator ? "no error" : generator.error().message();
}

TEST(Generator, SequenceCounts) {
  const auto options = map({{"start", text("5")}, {"step", text("-2")}});
  EXPECT_EQ(values_of("sequence", options, 3), (std::vector<std::string>{"5", "3", "1"}));
}

TEST(Generator, AnyRangeGivesTheSameRows) {
  const auto generator = one("uuid", map({}));
  const auto all = values(**generator, 0, 10);
  EXPECT_EQ(values(**generator, 4, 3), std::vector(all.begin() + 4, all.begin() + 7));
}

TEST(Generator, AnotherSeedGivesOtherRows) {
  EXPECT_EQ(values(**one("uuid", map({}), 1), 0, 5), values(**one("uuid", map({}), 1), 0, 5));
  EXPECT_NE(values(**one("uuid", map({}), 1), 0, 5), values(**one("uuid", map({}), 2), 0, 5));
}

TEST(Generator, ANewColumnChangesNoOther) {
  const auto uid = map({{"uuid", map({})}});
  const auto alone = Generator::make(map({{"a", uid}}), 1);
  const auto both = Generator::make(map({{"b", uid}, {"a", uid}}), 1);
  EXPECT_EQ(values(**alone, 0, 5), values(**both, 0, 5, 1));
  EXPECT_NE(values(**both, 0, 5, 0), values(**both, 0, 5, 1));
}

TEST(Generator, UniformReachesBothEnds) {
  const auto options = map({{"min", text("-1")}, {"max", text("1")}});
  const auto seen = values_of("uniform", options, 200);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"-1", "0", "1"}));
}

TEST(Generator, UniformDecimalsHaveTheirScale) {
  const auto options =
      map({{"min", text("99.99")}, {"max", text("100.00")}, {"type", text("DECIMAL(22,2)")}});
  const auto seen = values_of("uniform", options, 50);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()),
            (std::set<std::string>{"99.99", "100.00"}));
}

TEST(Generator, NormalHasItsMeanAndDeviation) {
  const auto options = map({{"mean", text("100")}, {"stddev", text("15")}});
  double sum = 0;
  double squares = 0;
  constexpr int kRows = 20'000;
  for (const std::string& value : values_of("normal", options, kRows)) {
    sum += std::stod(value);
    squares += std::stod(value) * std::stod(value);
  }
  EXPECT_NEAR(sum / kRows, 100, 0.5);
  EXPECT_NEAR(std::sqrt(squares / kRows - (sum / kRows) * (sum / kRows)), 15, 0.5);
}

TEST(Generator, ChoiceFollowsItsWeights) {
  const ConfigValue words = ConfigValue::list({text("a"), text("b"), text("c")}, {});
  const ConfigValue weights = ConfigValue::list({text("3"), text("0"), text("1")}, {});
  const auto seen = values_of("choice", map({{"values", words}, {"weights", weights}}), 4000);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(seen, "a")), 3000, 150);
  EXPECT_EQ(std::ranges::count(seen, "b"), 0);
}

TEST(Generator, TimestampWalks) {
  const auto options = map({{"start", text("2024-02-28 23:59:59")}, {"step", text("1d")}});
  EXPECT_EQ(values_of("timestamp", options, 2),
            (std::vector<std::string>{"1709164799000000", "1709251199000000"}));
}

TEST(Generator, DatesRoundDown) {
  const auto options = map({{"start", text("1969-12-31 12:00:00")}, {"type", text("DATE")}});
  EXPECT_EQ(values_of("timestamp", options, 1), std::vector<std::string>{"-1"});
}

TEST(Generator, PatternFillsDigitsAndLetters) {
  for (const std::string& value : values_of("pattern", text("A-##?\\#"), 50)) {
    ASSERT_EQ(value.size(), 6U);
    EXPECT_TRUE(std::isdigit(value[2]) && std::isdigit(value[3]) && std::isupper(value[4]));
    EXPECT_TRUE(value.starts_with("A-") && value.ends_with("#"));
  }
}

TEST(Generator, NullsComeAsOftenAsAsked) {
  const auto generator = Generator::make(
      map({{"c", map({{"constant", text("x")}, {"null_fraction", text("0.25")}})}}), 1);
  const auto seen = values(**generator, 0, 2000);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(seen, "NULL")), 500, 60);
}

TEST(Generator, ErrorsHaveTheirPlace) {
  EXPECT_EQ(error_of("sequenze", map({})),
            "p.yaml:3:7: no way 'sequenze' to make column 'c'; did you mean 'sequence'?");
  EXPECT_EQ(error_of("uniform", map({{"min", text("2")}, {"max", text("1")}})),
            "p.yaml:4:9: 'max' must not be less than 'min'");
  EXPECT_EQ(error_of("uniform", map({{"max", text("1.5")}})),
            "p.yaml:4:9: 'max' must be a number that fits BIGINT");
  EXPECT_EQ(error_of("timestamp", text("yesterday")),
            "p.yaml:4:9: 'start' must be a time such as \"2024-01-31\" or \"2024-01-31 13:45:00\"");
}

TEST(ParseScaled, TakesExactNumbersOnly) {
  EXPECT_TRUE(parse_scaled("-12.5", 2) == Int128{-1250});
  EXPECT_TRUE(parse_scaled("1_000", 0) == Int128{1000});
  EXPECT_FALSE(parse_scaled("1.234", 2));
  EXPECT_FALSE(parse_scaled("1e2", 2));
  EXPECT_FALSE(parse_scaled("", 2));
  EXPECT_FALSE(parse_scaled(std::string(39, '9'), 0));
}

}  // namespace
}  // namespace sluice::connectors
