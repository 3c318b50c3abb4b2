#include "lake/uri.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

TEST(LocatedPath, IsRelativeAsOnDisk) {
  EXPECT_EQ(located_path("day=a%2520b/x%20y.parquet"), "day=a%20b/x y.parquet");
  EXPECT_EQ(located_path("file%3Ax.parquet"), "file:x.parquet");
  EXPECT_FALSE(is_whole_path(located_path("day=1/x.parquet")));
}

TEST(LocatedPath, OfThisMachineHasOneSpelling) {
  for (const char* logged :
       {"/a%20b/c.parquet", "file:/a%20b/c.parquet", "file:///a%20b/c.parquet"}) {
    EXPECT_EQ(located_path(logged), "/a b/c.parquet") << logged;
    EXPECT_TRUE(is_whole_path(located_path(logged)));
  }
}

TEST(LocatedPath, OfAStoreIsItsUrl) {
  EXPECT_EQ(located_path("s3://bucket/a%20b.parquet"), "s3://bucket/a b.parquet");
  EXPECT_TRUE(is_whole_path(located_path("s3://bucket/a%20b.parquet")));
}

}  // namespace
}  // namespace sluice::lake
