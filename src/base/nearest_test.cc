#include "base/nearest.h"

#include <vector>

#include <gtest/gtest.h>

namespace sluice {
namespace {

const std::vector<std::string> kKeys = {"brokers", "topic", "start", "max_records_per_trigger"};

TEST(Nearest, OneWrongLetterIsMended) { EXPECT_EQ(nearest("topik", kKeys), "topic"); }
TEST(Nearest, SwappedLettersAreOneEdit) { EXPECT_EQ(nearest("tpoic", kKeys), "topic"); }
TEST(Nearest, CaseIsASmallSlip) { EXPECT_EQ(nearest("Brokers", kKeys), "brokers"); }
TEST(Nearest, SomethingElseHasNoNeighbour) { EXPECT_EQ(nearest("xyzzy", kKeys), ""); }
TEST(Nearest, MessageNamesTheNeighbour) {
  EXPECT_EQ(did_you_mean("max_record_per_trigger", kKeys),
            "; did you mean 'max_records_per_trigger'?");
}

}  // namespace
}  // namespace sluice
