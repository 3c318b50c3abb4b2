#include "cli/hex_dump.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using namespace std::string_view_literals;

TEST(HexDump, OfNothingIsNothing) { EXPECT_EQ(hex_dump(""), ""); }

TEST(HexDump, ShowsPlaceDigitsAndLetters) {
  EXPECT_EQ(hex_dump("{\"id\": 1, \"a\": \"\0\xff"sv),
            "00000000  7b 22 69 64 22 3a 20 31  2c 20 22 61 22 3a 20 22  {\"id\": 1, \"a\": \"\n"
            "00000010  00 ff                                             ..\n");
}

}  // namespace
}  // namespace sluice::cli
