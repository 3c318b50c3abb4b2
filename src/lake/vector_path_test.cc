#include "lake/vector_path.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

// The examples of PROTOCOL.md.
TEST(VectorPath, LiesBelowTheTableUnderItsPrefix) {
  const auto path =
      vector_path(R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
                  R"("sizeInBytes":40,"cardinality":6})");
  ASSERT_TRUE(path) << path.error().message();
  EXPECT_EQ(*path, "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
}

TEST(VectorPath, MayBeAbsolute) {
  const auto path =
      vector_path(R"({"storageType":"p","pathOrInlineDv":"s3://t/deletion_vector_x%20y.bin",)"
                  R"("offset":4,"sizeInBytes":40,"cardinality":6})");
  EXPECT_EQ(*path, "s3://t/deletion_vector_x y.bin");
}

TEST(VectorPath, IsNoneInsideTheLog) {
  EXPECT_EQ(
      *vector_path(R"({"storageType":"i","pathOrInlineDv":"wi5b=000010000siXQKl0rr91000f5"})"),
      std::nullopt);
}

TEST(VectorPath, OfNonsenseIsCorruption) {
  for (const char* wrong : {"", "{}", R"({"storageType":"u","pathOrInlineDv":"short"})",
                            R"({"storageType":"u","pathOrInlineDv":"                    "})"}) {
    const auto path = vector_path(wrong);
    ASSERT_FALSE(path) << wrong;
    EXPECT_EQ(path.error().kind(), Kind::kCorruption);
  }
}

}  // namespace
}  // namespace sluice::lake
