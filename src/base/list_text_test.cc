#include "base/list_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ListText, WordsAreJoined) {
  EXPECT_EQ(joined({"orders", "totals"}), "orders, totals");
  EXPECT_EQ(joined({"a", "b", "c"}, " | "), "a | b | c");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({}), "");
}

}  // namespace
}  // namespace sluice
