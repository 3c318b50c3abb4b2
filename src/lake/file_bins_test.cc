#include "lake/file_bins.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

DataFile file(const std::string& path, std::int64_t bytes, const std::string& partition = "a") {
  DataFile out;
  out.path = path;
  out.bytes = bytes;
  out.partition_values = {{"k", partition}};
  return out;
}

TEST(FileBins, SmallFilesShareOne) {
  const auto bins = file_bins({file("1", 40), file("2", 60), file("3", 1)}, 100);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].size(), 2U);
  EXPECT_EQ(bins[1][0].path, "3");
}

TEST(FileBins, ALargeFileStandsAlone) {
  const auto bins = file_bins({file("1", 40), file("2", 400), file("3", 50)}, 100);
  ASSERT_EQ(bins.size(), 3U);
}

TEST(FileBins, OnePartitionsFilesAreNeighbours) {
  const auto bins = file_bins({file("1", 60, "a"), file("2", 60, "b"), file("3", 40, "a")}, 100);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0][1].path, "3");
}

TEST(TargetFileBytes, IsThePropertyInSparksUnits) {
  TableState state;
  EXPECT_EQ(target_file_bytes(state), kTargetBytesDefault);
  for (const auto& [text, bytes] : {std::pair<const char*, std::int64_t>{"1048576", 1 << 20},
                                    {"64mb", 64 << 20},
                                    {"1G", 1 << 30},
                                    {"10 apples", kTargetBytesDefault},
                                    {"-1", kTargetBytesDefault}}) {
    state.configuration["delta.targetFileSize"] = text;
    EXPECT_EQ(target_file_bytes(state), bytes) << text;
  }
}

}  // namespace
}  // namespace sluice::lake
