#include "connectors/generator/generator_source.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

/// Time stands still unless the test moves it.
class HandClock final : public Clock {
 public:
  Micros now() const override { return micros; }
  std::chrono::nanoseconds steady() const override { return std::chrono::microseconds(micros); }
  bool sleep_until(std::chrono::nanoseconds deadline, std::stop_token) const override {
    slept_until = deadline;
    return true;
  }

  Micros micros = 1'000'000'000;
  mutable std::chrono::nanoseconds slept_until{0};
};

class GeneratorRate : public testing::Test {
 protected:
  std::unique_ptr<GeneratorSource> make(GeneratorOptions options) {
    const ConfigValue start = ConfigValue::scalar("1", false, {});
    const ConfigValue kind = ConfigValue::map({{"sequence", {}, start}}, {});
    auto generator = Generator::make(ConfigValue::map({{"id", {}, kind}}, {}), 0);
    return std::make_unique<GeneratorSource>(*generator, options, clock_);
  }
  std::size_t rows(GeneratorSource& source, const data::Offset& from) {
    const auto to = source.latest(from, {});
    return (*source.read(from, *to, {}))->size();
  }

  HandClock clock_;
};

TEST_F(GeneratorRate, RowsComeWithTheClock) {
  const auto source = make({.rows_per_second = 10});
  const auto start = source->initial();
  EXPECT_EQ(rows(*source, *start), 0U);
  clock_.micros += 1'500'000;
  EXPECT_EQ(rows(*source, *start), 15U);
  EXPECT_EQ(source->lag(*start)->records, 15);
}

TEST_F(GeneratorRate, RowsOfAPauseComeAfterIt) {
  const auto start = make({.rows_per_second = 10})->initial();
  clock_.micros += 60'000'000;
  EXPECT_EQ(rows(*make({.rows_per_second = 10}), *start), 600U);
}

/// Rows of a sequence that has two values left.
TEST(GeneratorEnd, ASequenceEndsWithItsType) {
  const auto option = [](const char* name, const char* value) {
    return ConfigValue::Entry{name, {}, ConfigValue::scalar(value, false, {})};
  };
  const ConfigValue sequence =
      ConfigValue::map({option("start", "9223372036854775804"), option("step", "3")}, {});
  const ConfigValue columns =
      ConfigValue::map({{"id", {}, ConfigValue::map({{"sequence", {}, sequence}}, {})}}, {});
  HandClock clock;
  GeneratorSource source(*Generator::make(columns, 0), {.rows = GeneratorOptions::kEndless}, clock);
  const auto end = source.latest(*source.initial(), {});
  ASSERT_TRUE(end);
  EXPECT_EQ((*source.read(*source.initial(), *end, {}))->size(), 2U);
  const auto beyond = source.latest(*end, {});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message(),
            "column 'id' has no value for row 2: it is at the end of BIGINT after 2 rows; give it "
            "another start or step, or fewer rows");
  const auto files = io::make_local_file_system();
  const auto made = [&](const char* rows) {
    const auto kind = generator_source_kind();
    const ConfigValue given =
        ConfigValue::map({{"columns", {}, columns}, option("rows", rows)}, {});
    SystemRandom random;
    const auto options = Options::validate(kind.options, given, "the generator source");
    return kind.make(*options, {"p", "s", clock, random, *files}).has_value();
  };
  EXPECT_TRUE(made("2"));
  EXPECT_FALSE(made("3"));
}

TEST_F(GeneratorRate, AClockThatGoesBackTakesNothingBack) {
  const auto source = make({.rows_per_second = 10});
  const auto start = source->initial();
  clock_.micros += 1'000'000;
  const auto end = source->latest(*start, {});
  clock_.micros -= 900'000;
  EXPECT_EQ(*source->latest(*end, {}), *end);
}

TEST_F(GeneratorRate, RowsEnd) {
  const auto source = make({.rows = 5, .rows_per_second = 10});
  const auto start = source->initial();
  clock_.micros += 10'000'000;
  EXPECT_EQ(rows(*source, *start), 5U);
}

TEST_F(GeneratorRate, WaitingEndsWithTheNextRow) {
  const auto source = make({.rows_per_second = 10});
  const auto start = source->initial();
  source->wait_for_data(*start, std::chrono::hours(1), {}, clock_);
  EXPECT_EQ(clock_.slept_until, clock_.steady() + std::chrono::milliseconds(100));
}

TEST_F(GeneratorRate, EndlessRowsCannotBeFrozen) {
  EXPECT_FALSE(make({})->freeze());
  EXPECT_TRUE(make({.rows = 5})->freeze());
  EXPECT_TRUE(make({.rows_per_second = 5})->freeze());
}

TEST_F(GeneratorRate, EndlessRowsComeInBoundedBatches) {
  const auto source = make({});
  EXPECT_EQ(rows(*source, *source->initial()), 1'000'000U);
  EXPECT_FALSE(source->lag(*source->initial())->records);
}

}  // namespace
}  // namespace sluice::connectors
