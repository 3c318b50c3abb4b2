#include "app/host/budget.h"

#include <thread>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

constexpr std::int64_t kGiB = 1LL << 30;
const Limits kAll{12 * kGiB, 8};

TEST(Budget, OnePipelineHasTheDefaults) {
  const auto parts = divide(kAll, {Limits()});
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].memory_bytes, 0);
  EXPECT_EQ(parts[0].threads, 0);
}

TEST(Budget, SeveralDivideWhatThereIs) {
  for (const Limits& part : divide(kAll, {{}, {}, {}})) {
    EXPECT_EQ(part.memory_bytes, 4 * kGiB);
    EXPECT_EQ(part.threads, 3);  // of 8, rounded up
  }
}

TEST(Budget, WhatAFileGivesIsItsOwnAndTheRestIsDivided) {
  const auto parts = divide(kAll, {{2 * kGiB, 0}, {0, 4}, {0, 0}});
  EXPECT_EQ(parts[0].memory_bytes, 2 * kGiB);
  EXPECT_EQ(parts[1].memory_bytes, 5 * kGiB);
  EXPECT_EQ(parts[2].memory_bytes, 5 * kGiB);
  EXPECT_EQ(parts[0].threads, 2);
  EXPECT_EQ(parts[1].threads, 4);
  EXPECT_EQ(parts[2].threads, 2);
}

TEST(Budget, EachGetsALeastWhenOthersTakeAll) {
  const auto parts = divide(kAll, {{20 * kGiB, 16}, {0, 0}});
  EXPECT_EQ(parts[0].memory_bytes, 20 * kGiB);
  EXPECT_EQ(parts[1].memory_bytes, 64LL << 20);
  EXPECT_EQ(parts[1].threads, 1);
}

TEST(Budget, WarnsWhenFilesGiveMoreThanThereIs) {
  EXPECT_EQ(overcommitment(kAll, {{6 * kGiB, 0}, {6 * kGiB, 0}}), "");
  EXPECT_EQ(overcommitment(kAll, {{20 * kGiB, 0}}), "");  // as one pipeline could always do
  EXPECT_NE(overcommitment(kAll, {{6 * kGiB, 0}, {7 * kGiB, 0}, {}}).find("13312 MiB"),
            std::string::npos);
}

TEST(Budget, UnderstandsDuckdbsSizes) {
  EXPECT_EQ(*parse_memory_text("12.5 GiB"), 12 * kGiB + kGiB / 2);
  EXPECT_EQ(*parse_memory_text("512.0 MiB"), 512LL << 20);
  EXPECT_EQ(*parse_memory_text("100 bytes"), 100);
  EXPECT_FALSE(parse_memory_text("lots"));
  EXPECT_FALSE(parse_memory_text("12.5 GB"));
}

TEST(Budget, TheMachineHasMemoryAndThreads) {
  const auto all = machine_limits();
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_GT(all->memory_bytes, 64LL << 20);
  EXPECT_GE(all->threads, 1);
  EXPECT_LE(all->threads, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace sluice::app
