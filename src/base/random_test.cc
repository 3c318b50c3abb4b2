#include "base/random.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(SeededRandom, SameSeedSameNumbers) {
  SeededRandom one(7);
  SeededRandom two(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), two.next());
}

// First outputs of the reference implementation (Vigna, splitmix64.c) for seed 1234567.
TEST(SeededRandom, MatchesTheReference) {
  SeededRandom random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317ULL);
  EXPECT_EQ(random.next(), 3203168211198807973ULL);
}

TEST(Random, UuidIsOfVersion4) {
  SeededRandom random(1);
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random.uuid();
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4') << uuid;
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
  }
}

}  // namespace
}  // namespace sluice
