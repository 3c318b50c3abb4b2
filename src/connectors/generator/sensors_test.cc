// Simulated sensors: devices in turn, what they measure, and what goes wrong with them.

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "connectors/generator/generator_rig.h"
#include "connectors/generator/generator_source.h"
#include "connectors/generator/signal.h"
#include "support/column_buffer.h"

namespace sluice::connectors {
namespace {

using connector::ColumnBuffer;

/// The values of a column of `series` devices.
std::vector<std::string> column(const std::string& kind, const ConfigValue& options,
                                std::int64_t series, std::size_t rows) {
  RowPlan plan;
  plan.series = series;
  const auto made = Generator::make(map({{"c", map({{kind, options}})}}), 1, plan);
  if (!made) return {made.error().message()};
  ColumnBuffer buffer((*made)->schema()[0].type, rows);
  std::vector<std::uint32_t> numbers(rows);
  for (std::size_t i = 0; i < rows; ++i) numbers[i] = static_cast<std::uint32_t>(i);
  BatchTexts texts;
  (*made)->write(0, {0, rows}, numbers, texts, buffer.writer());
  std::vector<std::string> values;
  for (std::size_t i = 0; i < rows; ++i) values.push_back(buffer.text(i));
  return values;
}

/// A signal whose parts have numbers of their own.
Signal signal() {
  Signal made;
  made.series = 5;
  made.levels = CounterRandom(1, "levels");
  made.noises = CounterRandom(1, "noises");
  made.drifts = CounterRandom(1, "drifts");
  made.sticks = CounterRandom(1, "sticks");
  made.outliers = CounterRandom(1, "outliers");
  return made;
}

TEST(Sensors, AreNamedInTurn) {
  EXPECT_EQ(column("series", text("s-##!"), 3, 4),
            (std::vector<std::string>{"s-01!", "s-02!", "s-03!", "s-01!"}));
  EXPECT_EQ(column("series", text("#"), 11, 11)[10], "11");
  EXPECT_EQ(column("series", text("s"), 1, 1)[0],
            "p.yaml:4:9: 'text' needs a # where the number of the device goes, such as "
            "\"sensor-##\"");
}

TEST(Sensors, MeasureAtTheSameTimes) {
  const auto options = map({{"start", text("1970-01-01")}, {"step", text("10s")}});
  EXPECT_EQ(column("timestamp", options, 2, 5),
            (std::vector<std::string>{"0", "0", "10000000", "10000000", "20000000"}));
}

TEST(Sensors, LateRowsAreEarlierByUpToTheirDelay) {
  const auto options = map({{"start", text("1970-01-02")},
                            {"step", text("1s")},
                            {"late_fraction", text("0.25")},
                            {"late_by", text("1m")}});
  const auto times = column("timestamp", options, 1, 4000);
  int late = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::int64_t on_time = (86'400 + static_cast<std::int64_t>(i)) * 1'000'000;
    const std::int64_t delay = on_time - std::stoll(times[i]);
    EXPECT_GE(delay, 0);
    EXPECT_LE(delay, 60'000'000);
    late += delay > 0 ? 1 : 0;
  }
  EXPECT_NEAR(late, 1000, 100);
}

TEST(Signal, HasTheLevelOfItsDevice) {
  Signal made = signal();
  made.base = 20;
  made.spread = 3;
  for (std::int64_t device = 0; device < 5; ++device) {
    EXPECT_NEAR(made.at(device), 20, 3);
    EXPECT_EQ(made.at(device), made.at(device + 5 * 1000));
  }
  EXPECT_NE(made.at(0), made.at(1));
}

TEST(Signal, ComesBackEachCycle) {
  Signal made = signal();
  made.cycle = 8;
  made.cycle_readings = 100;
  double low = 0;
  double high = 0;
  for (std::int64_t reading = 0; reading < 100; ++reading) {
    const double value = made.at(reading * 5);
    EXPECT_NEAR(value, made.at((reading + 100) * 5), 1e-9);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  EXPECT_NEAR(low, -8, 0.1);
  EXPECT_NEAR(high, 8, 0.1);
}

TEST(Signal, DriftsSlowlyAndWithinItsBounds) {
  Signal made = signal();
  made.drift = 10;
  made.drift_readings = 400;
  double low = 0;
  double high = 0;
  for (std::int64_t reading = 0; reading < 40'000; ++reading) {
    const double value = made.at(reading * 5);
    low = std::min(low, value);
    high = std::max(high, value);
    EXPECT_LT(std::abs(made.at((reading + 1) * 5) - value), 1) << reading;
  }
  EXPECT_GE(low, -10);
  EXPECT_LE(high, 10);
  EXPECT_LT(low, -5);
  EXPECT_GT(high, 5);
  EXPECT_NE(made.at(1000), made.at(1001));  // each device its own way
}

TEST(Signal, StaysWithinItsLimitsButForOutliers) {
  Signal made = signal();
  made.noise = 50;
  made.min = -10;
  made.max = 10;
  made.outlier_fraction = 0.1;
  made.outlier_by = 1000;
  int far = 0;
  for (std::int64_t row = 0; row < 10'000; ++row) {
    const double value = std::abs(made.at(row));
    EXPECT_TRUE(value <= 10 || std::abs(value - 1000) <= 10) << value;
    far += value > 10 ? 1 : 0;
  }
  EXPECT_NEAR(far, 1000, 120);
}

TEST(Signal, StuckItRepeatsOneValue) {
  Signal made = signal();
  made.noise = 1;
  made.stuck_fraction = 0.2;
  made.stuck_readings = 10;
  int repeated = 0;
  std::map<int, int> runs;
  for (std::int64_t device = 0; device < 5; ++device) {
    int run = 1;
    for (std::int64_t reading = 1; reading < 10'000; ++reading) {
      const bool same = made.at(reading * 5 + device) == made.at((reading - 1) * 5 + device);
      repeated += same ? 1 : 0;
      if (!same) ++runs[std::exchange(run, 0)];
      ++run;
    }
  }
  // Of ten readings that show one value nine repeat it.
  EXPECT_NEAR(repeated, 50'000 * 0.2 * 0.9, 600);
  EXPECT_GT(runs[10], 800);
}

TEST(Signal, StuckItShowsTheReadingBeforeThose) {
  Signal stuck = signal();
  stuck.noise = 1;
  const Signal free = stuck;
  stuck.stuck_fraction = 1;
  stuck.stuck_readings = 10;
  std::int64_t first = 0;
  for (std::int64_t reading = 1; reading < 200; ++reading) {
    if (stuck.at(reading * 5) != stuck.at((reading - 1) * 5)) first = reading;
    EXPECT_EQ(stuck.at(reading * 5), free.at(first * 5)) << reading;
  }
}

TEST(Signal, IsTheSameInAnyOrder) {
  Signal made = signal();
  made.drift = made.noise = made.cycle = made.spread = 1;
  made.stuck_fraction = made.outlier_fraction = 0.3;
  made.outlier_by = 5;
  std::vector<double> values;
  for (std::int64_t row = 0; row < 2000; ++row) values.push_back(made.at(row));
  for (std::int64_t row = 2000; row-- > 0;) {
    EXPECT_EQ(made.at(row), values[static_cast<std::size_t>(row)]);
  }
}

TEST(SignalColumn, FitsItsType) {
  const auto huge = [](const std::string& type) {
    return column("signal", map({{"base", text("1e30")}, {"type", text(type)}}), 1, 1)[0];
  };
  EXPECT_EQ(huge("INTEGER"), "2147483647");
  EXPECT_EQ(huge("DECIMAL(4,2)"), "99.99");
  EXPECT_EQ(column("signal", map({{"base", text("21.456")}, {"type", text("DECIMAL(5,2)")}}), 1, 1),
            std::vector<std::string>{"21.46"});
  EXPECT_EQ(column("signal", map({{"type", text("UUID")}}), 1, 1)[0],
            "p.yaml:4:9: 'type' must be DOUBLE, INTEGER, BIGINT, DECIMAL(p,s) or VARCHAR, not "
            "UUID");
}

TEST(SignalColumn, ATextMayBeGarbage) {
  const auto options =
      map({{"base", text("20")}, {"type", text("VARCHAR")}, {"garbage_fraction", text("0.1")}});
  const auto values = column("signal", options, 1, 5000);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(values, "20.00")), 4500, 100);
  EXPECT_GT(std::ranges::count(values, "ERR"), 0);
  EXPECT_EQ(column("signal", map({{"garbage_fraction", text("0.1")}}), 1, 1)[0],
            "p.yaml:4:9: a DOUBLE holds no garbage; set type: VARCHAR");
}

RowPlan plan() {
  RowPlan made;
  made.series = 4;
  made.gaps = CounterRandom(1, "gaps");
  made.duplicates = CounterRandom(1, "duplicates");
  return made;
}

TEST(RowPlan, AnyDivisionGivesTheSameRows) {
  RowPlan made = plan();
  made.gap_fraction = 0.2;
  made.gap_readings = 7;
  made.duplicate_fraction = 0.3;
  made.duplicate_after = 5;
  const auto all = made.rows(0, 1000);
  std::vector<std::int64_t> parts;
  for (std::int64_t first = 0; first < 1000; first += 125) {
    const auto part = made.rows(first, 125);
    parts.insert(parts.end(), part.begin(), part.end());
  }
  EXPECT_EQ(parts, all);
}

TEST(RowPlan, ASilentDeviceIsSilentForAWhile) {
  RowPlan made = plan();
  made.gap_fraction = 0.1;
  made.gap_readings = 20;
  const auto rows = made.rows(0, 40'000);
  EXPECT_NEAR(static_cast<double>(rows.size()), 36'000, 600);
  std::map<std::int64_t, std::int64_t> last;
  for (const std::int64_t row : rows) {
    const std::int64_t device = row % 4;
    const std::int64_t reading = row / 4;
    if (last.contains(device) && last[device] > 20) {
      const std::int64_t missing = reading - last[device] - 1;
      EXPECT_EQ(missing % 20, 0) << row;
    }
    last[device] = reading;
  }
}

TEST(RowPlan, ARowThatComesAgainComesLater) {
  RowPlan made = plan();
  made.duplicate_fraction = 0.05;
  made.duplicate_after = 3;
  std::map<std::int64_t, int> times;
  std::int64_t newest = -1;
  for (const std::int64_t row : made.rows(0, 20'000)) {
    ++times[row];
    if (times[row] == 2) {
      EXPECT_EQ(newest, row + 3);
    }
    newest = std::max(newest, row);
  }
  const auto twice = std::ranges::count_if(times, [](const auto& e) { return e.second == 2; });
  EXPECT_EQ(times.size(), 20'000U);
  EXPECT_NEAR(static_cast<double>(twice), 1000, 100);
}

TEST(GeneratorSource, ReadsTheRowsOfItsPlan) {
  RowPlan made = plan();
  made.gap_fraction = 0.5;
  made.duplicate_fraction = 0.5;
  const auto generator = Generator::make(map({{"n", map({{"sequence", map({})}})}}), 1, made);
  const SystemClock clock;
  GeneratorSource source(*generator, {.rows = 100}, clock);
  const auto batch = source.read({R"({"row":20,"start":0})"}, {R"({"row":70,"start":0})"}, {});
  ASSERT_TRUE(batch) << batch.error().message();
  const auto expected = made.rows(20, 50);
  ASSERT_EQ((*batch)->size(), expected.size());
  ColumnBuffer buffer(data::TypeId::kBigint, expected.size());
  std::vector<std::uint32_t> rows(expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  (*batch)->write_column(0, rows, buffer.writer());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(buffer.text(i), std::to_string(expected[i]));
    EXPECT_EQ((*batch)->origin(i).offset, expected[i]);
  }
}

}  // namespace
}  // namespace sluice::connectors
