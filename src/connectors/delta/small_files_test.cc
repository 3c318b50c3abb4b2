#include "connectors/delta/small_files.h"

#include <gtest/gtest.h>

namespace sluice::connectors {
namespace {

constexpr std::int64_t kTarget = 1 << 20;

lake::DataFile file(std::int64_t bytes, const std::string& partition = "a") {
  lake::DataFile out;
  out.path = std::to_string(bytes);
  out.bytes = bytes;
  out.partition_values = {{"k", partition}};
  return out;
}

void add(SmallFiles& files, int count, std::int64_t bytes, const std::string& partition = "a") {
  for (int i = 0; i < count; ++i) files.add(file(bytes, partition));
}

TEST(SmallFiles, SixteenOfOneSizeAreAGroup) {
  SmallFiles files(kTarget);
  add(files, 15, 1000);
  EXPECT_TRUE(files.take(SmallFiles::kGroupFiles).empty());
  add(files, 1, 1500);
  const auto groups = files.take(SmallFiles::kGroupFiles);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].size(), 16U);
}

TEST(SmallFiles, WhatWasTakenIsForgotten) {
  SmallFiles files(kTarget);
  add(files, 16, 1000);
  EXPECT_EQ(files.take(16).size(), 1U);
  EXPECT_TRUE(files.take(1).empty());
}

TEST(SmallFiles, PartitionsStayApart) {
  SmallFiles files(kTarget);
  add(files, 12, 1000, "a");
  add(files, 12, 1000, "b");
  EXPECT_TRUE(files.take(16).empty());
}

TEST(SmallFiles, AMergedFileWaitsForOthersOfItsSize) {
  SmallFiles files(kTarget);
  add(files, 15, 1000);
  add(files, 10, 16'000);
  EXPECT_TRUE(files.take(16).empty());
}

TEST(SmallFiles, LargeFilesAreLeftAlone) {
  SmallFiles files(kTarget);
  add(files, 40, kTarget / 2);
  EXPECT_TRUE(files.take(2).empty());
}

TEST(SmallFiles, AGroupIsNoLargerThanTheTarget) {
  SmallFiles files(kTarget);
  add(files, 40, kTarget / 10);
  for (const auto& group : files.take(16)) EXPECT_LE(group.size(), 10U);
}

/// A row is written about once for each size class, whatever the number of commits.
TEST(SmallFiles, TenThousandCommitsLeaveFewFilesAndLittleWork) {
  SmallFiles files(kTarget);
  std::int64_t live = 0;
  std::int64_t written = 0;
  for (int commit = 0; commit < 10'000; ++commit) {
    files.add(file(1000));
    ++live;
    for (const auto& group : files.take(16)) {
      std::int64_t bytes = 0;
      for (const lake::DataFile& one : group) bytes += one.bytes;
      files.add(file(bytes));
      written += bytes;
      live -= static_cast<std::int64_t>(group.size()) - 1;
    }
  }
  EXPECT_LT(live, 80);
  EXPECT_LT(written, 4LL * 10'000 * 1000);
}

}  // namespace
}  // namespace sluice::connectors
