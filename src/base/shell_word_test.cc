#include "base/shell_word.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ShellWord, IsQuotedWhereTheShellWouldReadSomethingElse) {
  EXPECT_EQ(shell_word("in/orders.test.yaml"), "in/orders.test.yaml");
  EXPECT_EQ(shell_word("DAY=2024-05-01"), "DAY=2024-05-01");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("two words"), "'two words'");
  EXPECT_EQ(shell_word("it's $x"), "'it'\\''s $x'");
  EXPECT_EQ(shell_word("Größe"), "'Größe'");
}

}  // namespace
}  // namespace sluice
