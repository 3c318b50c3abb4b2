#include "engine/delay_advice.h"

#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

ViewProgress a_view(std::int64_t rows, std::map<Micros, std::int64_t> late_by) {
  ViewProgress view;
  view.rows_in = rows;
  for (const auto& [too_short, count] : late_by) view.late += count;
  view.late_by_us = std::move(late_by);
  return view;
}

TEST(DelayAdvice, NoneWithoutLateRows) {
  EXPECT_TRUE(advise_delays(a_view(100, {}), {{"s", kMinute}}).empty());
}

TEST(DelayAdvice, KeepsEachShareWithTheLeastDelay) {
  const auto advice = advise_delays(
      a_view(10'000, {{30 * kSecond, 400}, {6 * kMinute, 85}, {kHour, 10}}), {{"s", kMinute}});
  ASSERT_EQ(advice.size(), 3U);
  EXPECT_EQ(advice[0].kept_percent, 99);
  EXPECT_EQ(advice[0].delays_us.at("s"), 90 * kSecond);
  EXPECT_EQ(advice[1].kept_percent, 99.9);
  EXPECT_EQ(advice[1].delays_us.at("s"), 7 * kMinute);
  EXPECT_EQ(advice[2].kept_percent, 100);
  EXPECT_EQ(advice[2].delays_us.at("s"), 70 * kMinute);
}

TEST(DelayAdvice, ExactlyTheShareIsEnough) {
  const auto advice =
      advise_delays(a_view(1'000, {{kSecond, 1}, {2 * kSecond, 1}}), {{"s", 10 * kSecond}});
  ASSERT_EQ(advice.size(), 2U);
  EXPECT_EQ(advice[0].kept_percent, 99.9);
  EXPECT_EQ(advice[0].delays_us.at("s"), 11 * kSecond);
  EXPECT_EQ(advice[1].delays_us.at("s"), 12 * kSecond);
}

TEST(DelayAdvice, OfEqualDelaysTheLastIsLeft) {
  const auto advice = advise_delays(a_view(10, {{2 * kSecond, 3}}), {{"s", 0}});
  ASSERT_EQ(advice.size(), 1U);
  EXPECT_EQ(advice[0].kept_percent, 100);
}

TEST(DelayAdvice, DelaysOfAllSourcesGrowAlike) {
  const auto advice = advise_delays(a_view(10, {{kMinute, 1}}), {{"a", 0}, {"b", 5 * kMinute}});
  EXPECT_EQ(advice.at(0).delays_us.at("a"), kMinute);
  EXPECT_EQ(advice.at(0).delays_us.at("b"), 6 * kMinute);
}

TEST(RoundUp, GivesWhatAPersonWouldWrite) {
  EXPECT_EQ(round_up(1), 10'000);
  EXPECT_EQ(round_up(kSecond), kSecond);
  EXPECT_EQ(round_up(9 * kSecond + 1), 9 * kSecond + 100'000);
  EXPECT_EQ(round_up(47 * kSecond - 1), 47 * kSecond);
  EXPECT_EQ(round_up(6 * kMinute + 51 * kSecond), 7 * kMinute);
  EXPECT_EQ(round_up(61 * kMinute), 70 * kMinute);
  EXPECT_EQ(round_up(25 * kHour + 1), 26 * kHour);
  EXPECT_EQ(round_up(241 * kHour), 11 * 24 * kHour);
}

}  // namespace
}  // namespace sluice::engine
