#include "app/rehearsal/cuts.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

/// Three batches of a source with partitions, of which another has rows in the first one, too.
const Partitions& records() {
  static const Partitions kRecords = {
      {"a", {{0, 1, 0, 1, 0}, {}, {0, 0, 0}}},
      {"b", {{0, 0}, {0}, {}}},
  };
  return kRecords;
}

/// The records of each part, in order, of one partition.
std::vector<std::size_t> parts_of(const Cuts& cuts, const std::string& source, std::size_t batch,
                                  std::int32_t partition) {
  std::vector<std::size_t> parts;
  for (std::size_t i = 0; i < records().at(source)[batch].size(); ++i) {
    if (records().at(source)[batch][i] == partition) {
      parts.push_back(cuts.part_of.at(source)[batch][i]);
    }
  }
  return parts;
}

TEST(Cuts, RecordsOfAPartitionStayInTheirOrder) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    const Cuts cuts = random_cuts(records(), random);
    for (const std::int32_t partition : {0, 1}) {
      EXPECT_TRUE(std::ranges::is_sorted(parts_of(cuts, "a", 0, partition))) << seed;
    }
    EXPECT_TRUE(std::ranges::is_sorted(parts_of(cuts, "b", 0, 0))) << seed;
    EXPECT_TRUE(std::ranges::is_sorted(parts_of(cuts, "a", 2, 0))) << seed;
  }
}

TEST(Cuts, EachPartHasARecordAndSomeBatchIsCut) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    const Cuts cuts = random_cuts(records(), random);
    EXPECT_GT(*std::ranges::max_element(cuts.parts), 1U) << seed;
    EXPECT_EQ(cuts.parts[1], 1U) << seed;
    for (std::size_t batch = 0; batch < cuts.parts.size(); ++batch) {
      std::vector<bool> has(cuts.parts[batch], false);
      for (const auto& [source, batches] : cuts.part_of) {
        for (const std::size_t part : batches[batch]) has.at(part) = true;
      }
      if (batch == 1) continue;
      EXPECT_TRUE(std::ranges::all_of(has, std::identity())) << seed;
    }
  }
}

TEST(Cuts, TheSameSeedCutsTheSame) {
  SeededRandom one(7);
  SeededRandom other(7);
  EXPECT_EQ(random_cuts(records(), one).part_of, random_cuts(records(), other).part_of);
}

TEST(Cuts, OneRecordABatchCannotBeCut) {
  EXPECT_TRUE(can_be_cut(records()));
  EXPECT_FALSE(can_be_cut({{"a", {{0}, {}, {0}}}}));
  EXPECT_TRUE(can_be_cut({{"a", {{0}}}, {"b", {{0}}}}));
  EXPECT_FALSE(can_be_cut({}));
}

TEST(Cuts, SimplerOnesHaveOneBorderOrOneBatch) {
  Cuts cuts;
  cuts.parts = {2, 3};
  cuts.part_of = {{"a", {{0, 1}, {0, 1, 2}}}};
  std::vector<std::string> texts;
  for (const Cuts& one : simpler_cuts(cuts)) texts.push_back(cuts_text(one));
  EXPECT_EQ(texts,
            (std::vector<std::string>{"batch 1 as 1 + 1 rows", "batch 2 as 1 + 2 rows",
                                      "batch 2 as 2 + 1 rows", "batch 2 as 1 + 1 + 1 rows"}));
  EXPECT_TRUE(simpler_cuts(simpler_cuts(cuts)[0]).empty());
}

TEST(Cuts, AreSaidInRows) {
  Cuts cuts;
  cuts.parts = {2, 1, 3};
  cuts.part_of = {{"a", {{0, 0, 1}, {0}, {0, 1, 2}}}, {"b", {{1}, {}, {}}}};
  EXPECT_EQ(cuts_text(cuts),
            "batch 1 as 2 of a + 1 of a and 1 of b rows, batch 3 as 1 + 1 + 1 rows");
  EXPECT_EQ(cuts_text({}), "");
}

}  // namespace
}  // namespace sluice::app
