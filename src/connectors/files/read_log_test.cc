#include "connectors/files/read_log.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

ReadLog::Mark mark(int number) {
  return ReadLog::mark_of("/in/" + std::to_string(number) + ".csv");
}

TEST(ReadLog, KnowsItsFirstFilesOnly) {
  ReadLog log;
  EXPECT_FALSE(log.contains(mark(0), 1));
  for (int i = 0; i < 10'000; ++i) log.add(mark(i));
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(log.contains(mark(i), 7000), i < 7000) << i;
  }
  EXPECT_FALSE(log.contains(mark(10'000), 10'000));
}

TEST(ReadLog, WhatIsCutOffIsForgotten) {
  ReadLog log;
  for (int i = 0; i < 1000; ++i) log.add(mark(i));
  log.cut(400);
  EXPECT_EQ(log.size(), 400);
  for (int i = 5000; i < 6000; ++i) log.add(mark(i));
  EXPECT_TRUE(log.contains(mark(399), 400));
  EXPECT_FALSE(log.contains(mark(400), 1400));
  EXPECT_TRUE(log.contains(mark(5999), 1400));
}

TEST(ReadLog, AFileReadTwiceCountsFromTheFirstTime) {
  ReadLog log;
  log.add(mark(1));
  log.add(mark(2));
  log.add(mark(1));
  EXPECT_TRUE(log.contains(mark(1), 1));
}

TEST(ReadLog, BytesAndBack) {
  ReadLog log;
  for (int i = 0; i < 100; ++i) log.add(mark(i));
  ReadLog back;
  ASSERT_TRUE(back.add_bytes(log.bytes(0, 60)));
  ASSERT_TRUE(back.add_bytes(log.bytes(60, 100)));
  EXPECT_EQ(back.size(), 100);
  EXPECT_TRUE(back.contains(mark(60), 61));
  EXPECT_FALSE(back.contains(mark(60), 60));
  EXPECT_EQ(log.bytes(0, 100).size(), 1600U);
}

TEST(ReadLog, HalfAMarkIsCorruption) {
  ReadLog log;
  const auto added = log.add_bytes("seventeen letters");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind(), Kind::kCorruption);
}

}  // namespace
}  // namespace sluice::connectors
