#include "config/source_text.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

TEST(SourceText, FoldedLinesGetTheirBreaksBack) {
  const SourceText source("v: SELECT a,\n     b FROM t\n", "p.yaml");
  EXPECT_EQ(source.with_layout("SELECT a, b FROM t", {"p.yaml", 1, 4}), "SELECT a,\n     b FROM t");
}

TEST(SourceText, BlockScalarGetsItsIndentationBack) {
  const SourceText source("v: |\n  SELECT a\n  FROM t\n", "p.yaml");
  EXPECT_EQ(source.with_layout("SELECT a\nFROM t\n", {"p.yaml", 2, 3}), "SELECT a\n  FROM t");
}

TEST(SourceText, SpaceInsideSqlQuotesStays) {
  const SourceText source("v: SELECT 'a\n  b' FROM t\n", "p.yaml");
  EXPECT_EQ(source.with_layout("SELECT 'a b' FROM t", {"p.yaml", 1, 4}), "SELECT 'a b' FROM t");
}

TEST(SourceText, ValueThatDiffersFromTheFileStays) {
  const SourceText source("v: SELECT ${X}\n  FROM t\n", "p.yaml");
  EXPECT_EQ(source.with_layout("SELECT 5 FROM t", {"p.yaml", 1, 4}), "SELECT 5 FROM t");
}

TEST(SourceText, LineIsFoundByNumber) {
  const SourceText source("one\r\ntwo", "p.yaml");
  EXPECT_EQ(source.line(1), "one");
  EXPECT_EQ(source.line(2), "two");
  EXPECT_EQ(source.line(3), "");
}

TEST(SourceText, OverlongUtf8IsBad) {
  const SourceText source("a\nb\xC0\xAF", "p.yaml");
  ASSERT_TRUE(source.first_bad_byte());
  EXPECT_EQ(source.first_bad_byte()->to_string(), "p.yaml:2:2");
}

}  // namespace
}  // namespace sluice::config
