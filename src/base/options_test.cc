#include "base/options.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

ConfigValue scalar(std::string text, int line = 3) {
  return ConfigValue::scalar(std::move(text), false, {"p.yaml", line, 9});
}

ConfigValue map(std::vector<std::pair<std::string, ConfigValue>> entries) {
  std::vector<ConfigValue::Entry> list;
  for (auto& [key, value] : entries) list.push_back({key, {"p.yaml", 3, 5}, std::move(value)});
  return ConfigValue::map(std::move(list), {"p.yaml", 2, 5});
}

std::vector<OptionSpec> one(OptionSpec spec) { return {std::move(spec)}; }

std::string error_of(const std::vector<OptionSpec>& specs, const ConfigValue& given) {
  const auto result = Options::validate(specs, given, "the kafka source");
  return result ? "" : result.error().message();
}

TEST(Options, UnknownKeyNamesPlaceAndNearest) {
  const auto specs = one({.name = "topic"});
  EXPECT_EQ(error_of(specs, map({{"topci", scalar("x")}})),
            "p.yaml:3:5: the kafka source has no option 'topci'; did you mean 'topic'?");
}

TEST(Options, UnknownKeyWithoutNeighbourListsAll) {
  const auto specs = one({.name = "topic"});
  EXPECT_EQ(error_of(specs, map({{"compression_level", scalar("x")}})),
            "p.yaml:3:5: the kafka source has no option 'compression_level'; it has: topic");
}

TEST(Options, MissingRequiredOption) {
  const auto specs = one({.name = "topic", .required = true});
  EXPECT_EQ(error_of(specs, map({})), "p.yaml:2:5: the kafka source needs the option 'topic'");
}

TEST(Options, DefaultIsTyped) {
  const auto specs = one({.name = "wait", .type = OptionType::kDuration, .default_text = "200ms"});
  const auto options = Options::validate(specs, map({}), "x");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->integer("wait"), 200'000);
}

TEST(Options, OptionWithoutDefaultIsAbsent) {
  const auto options = Options::validate(one({.name = "topic"}), map({}), "x");
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->has("topic"));
}

TEST(Options, WrongNumberSaysWhatIsWanted) {
  const auto specs = one({.name = "rows", .type = OptionType::kInteger});
  EXPECT_EQ(error_of(specs, map({{"rows", scalar("many")}})),
            "p.yaml:3:9: 'rows' must be a whole number, not 'many'");
}

TEST(Options, NoRangeHasWhatIsNoNumber) {
  const auto specs = one({.name = "speed", .type = OptionType::kDouble, .minimum = 0});
  for (const char* text : {"nan", "-nan", "inf", "NaN"}) {
    EXPECT_EQ(error_of(specs, map({{"speed", scalar(text)}})),
              "p.yaml:3:9: 'speed' must be a number, not '" + std::string(text) + "'");
  }
}

TEST(Options, NumberBelowMinimum) {
  const auto specs = one({.name = "rows", .type = OptionType::kInteger, .minimum = 1});
  EXPECT_EQ(error_of(specs, map({{"rows", scalar("0")}})),
            "p.yaml:3:9: 'rows' must be at least 1, not '0'");
}

TEST(Options, ChoiceSuggestsTheNearest) {
  const auto specs =
      one({.name = "order", .type = OptionType::kChoice, .choices = {"name", "time"}});
  EXPECT_EQ(error_of(specs, map({{"order", scalar("tiem")}})),
            "p.yaml:3:9: 'order' must be one of: name, time, not 'tiem'; did you mean 'time'?");
}

TEST(Options, BareNullIsTheChoiceNull) {
  const auto specs = one({.name = "on_error",
                          .type = OptionType::kChoice,
                          .default_text = "fail",
                          .choices = {"fail", "null"}});
  const auto options =
      Options::validate(specs, map({{"on_error", ConfigValue::null({"p.yaml", 3, 9})}}), "x");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->text("on_error"), "null");
}

TEST(Options, SecretIsNotShownInMessages) {
  ConfigValue secret = scalar("hunter2");
  secret.mark_secret();
  const auto specs = one({.name = "rows", .type = OptionType::kInteger});
  EXPECT_EQ(error_of(specs, map({{"rows", secret}})),
            "p.yaml:3:9: 'rows' must be a whole number, not '***'");
}

TEST(Options, SingleTextIsAListOfOne) {
  const auto specs = one({.name = "topic", .type = OptionType::kTextList});
  const auto options = Options::validate(specs, map({{"topic", scalar("a")}}), "x");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->text_list("topic"), std::vector<std::string>{"a"});
}

TEST(Duration, UnitsAdd) { EXPECT_EQ(parse_duration_micros("1m 30s"), 90'000'000); }
TEST(Duration, FractionsWork) { EXPECT_EQ(parse_duration_micros("1.5s"), 1'500'000); }
TEST(Duration, BareNumberIsRefused) { EXPECT_EQ(parse_duration_micros("5"), std::nullopt); }
TEST(Duration, NegativeIsRefused) { EXPECT_EQ(parse_duration_micros("-5s"), std::nullopt); }
TEST(Duration, TooLongIsRefused) { EXPECT_EQ(parse_duration_micros("1e15d"), std::nullopt); }
TEST(ByteSize, BinaryAndDecimalUnits) {
  EXPECT_EQ(parse_byte_size("64MiB"), 64LL << 20);
  EXPECT_EQ(parse_byte_size("10 MB"), 10'000'000);
  EXPECT_EQ(parse_byte_size("4096"), 4096);
}
TEST(ByteSize, UnknownUnitIsRefused) { EXPECT_EQ(parse_byte_size("4 parsecs"), std::nullopt); }

}  // namespace
}  // namespace sluice
