#include "config/yaml.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

std::string yaml_problem(const std::string& text) {
  auto result = parse_yaml(text, "p.yaml");
  return result ? "" : result.error().message();
}

TEST(Yaml, KeysKeepFileOrderAndPlace) {
  auto tree = parse_yaml("b: 1\na:\n  c: x\n", "p.yaml");
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->entries().size(), 2U);
  EXPECT_EQ(tree->entries()[0].key, "b");
  EXPECT_EQ(tree->find("a")->find("c")->location().to_string(), "p.yaml:3:6");
}

TEST(Yaml, QuotedScalarIsMarked) {
  auto tree = parse_yaml("a: \"5\"\nb: 5\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_TRUE(tree->find("a")->quoted());
  EXPECT_FALSE(tree->find("b")->quoted());
}

TEST(Yaml, BlockScalarStandsAtItsFirstLine) {
  auto tree = parse_yaml("a: |\n\n    SELECT 1\n    FROM b\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("a")->location().to_string(), "p.yaml:3:5");
}

TEST(Yaml, EmptyFileIsNull) {
  auto tree = parse_yaml("# nothing\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->shape(), ConfigValue::Shape::kNull);
}

TEST(Yaml, ByteOrderMarkIsDropped) {
  auto tree = parse_yaml(
      "\xEF\xBB\xBF"
      "a: 1\n",
      "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->entries()[0].key, "a");
}

TEST(Yaml, WindowsLineEndsAreFine) {
  auto tree = parse_yaml("a: 1\r\nb: x y\r\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("b")->text(), "x y");
}

TEST(Yaml, DuplicateKeyIsRefused) {
  EXPECT_EQ(yaml_problem("a: 1\nb: 2\na: 3\n"),
            "p.yaml:3:1: the key 'a' is here twice; the first is on line 1");
}

TEST(Yaml, AnchorIsRefused) {
  EXPECT_EQ(yaml_problem("a: &x 1\n"),
            "p.yaml:1:4: anchors are not allowed; remove the '&', or put quotes around a text that "
            "starts with it");
}

TEST(Yaml, AliasBombCostsNothing) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            ", " + before + ", " + before + "]\n";
  }
  EXPECT_NE(yaml_problem(bomb).find("anchors are not allowed"), std::string::npos);
}

TEST(Yaml, UnknownAliasIsExplained) {
  EXPECT_EQ(yaml_problem("path: *.csv\n"),
            "p.yaml:1:7: aliases are not allowed; put quotes around a text that starts with '*'");
}

TEST(Yaml, TagIsRefused) {
  EXPECT_EQ(yaml_problem("a: !!binary aGk=\n"),
            "p.yaml:1:4: tags are not allowed; put quotes around a text that starts with '!'");
}

TEST(Yaml, DepthIsBounded) {
  EXPECT_NE(yaml_problem("a: " + std::string(40, '[') + std::string(40, ']') + "\n")
                .find("nested deeper"),
            std::string::npos);
  EXPECT_NE(yaml_problem(std::string(100'000, '[')), "");
}

TEST(Yaml, SizeIsBounded) {
  EXPECT_EQ(yaml_problem(std::string(kYamlBytesMax + 1, ' ')),
            "p.yaml: is larger than 1 MiB, too large for a pipeline file");
}

TEST(Yaml, NumberOfValuesIsBounded) {
  std::string many = "a: [";
  for (std::size_t i = 0; i <= kYamlValuesMax; ++i) many += "1,";
  EXPECT_NE(yaml_problem(many + "]\n").find("more than 100000 values"), std::string::npos);
}

TEST(Yaml, BinaryIsRefusedWithItsPlace) {
  EXPECT_EQ(yaml_problem(std::string("a: 1\nb: \0x\n", 11)),
            "p.yaml:2:4: is not a text file in UTF-8; is this the right file, and saved as UTF-8?");
}

TEST(Yaml, SecondDocumentIsRefused) {
  EXPECT_EQ(yaml_problem("a: 1\n---\nb: 1\n"),
            "p.yaml:2:1: a second YAML document begins here; keep one pipeline a file");
}

TEST(Yaml, TabIsExplained) {
  EXPECT_EQ(yaml_problem("a:\n\tb: 1\n"),
            "p.yaml:2:1: there is a tab where YAML requires spaces; indent with spaces");
}

TEST(Yaml, UnquotedVariableInFlowMapIsExplained) {
  EXPECT_EQ(
      yaml_problem("a: {b: ${OUT}, c: 1}\n").find("put quotes around ${...}") != std::string::npos,
      true)
      << yaml_problem("a: {b: ${OUT}, c: 1}\n");
}

TEST(Yaml, UnclosedQuoteIsExplained) {
  EXPECT_NE(yaml_problem("a: \"x\n").find("never closed"), std::string::npos)
      << yaml_problem("a: \"x\n");
}

TEST(Yaml, MissingColonIsExplained) {
  EXPECT_EQ(yaml_problem("a: 1\nb 2\n"),
            "p.yaml:2:1: this line has no ': '; write a key, a colon, a space and a value");
}

TEST(Yaml, MissingValueStandsAtItsKey) {
  auto tree = parse_yaml("a:\nb: 1\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("a")->location().to_string(), "p.yaml:1:1");
}

TEST(Yaml, NullWrittenOutIsAWord) {
  auto tree = parse_yaml("a: null\nb: ~\nc: {d: null, e: }\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("a")->text(), "null");
  EXPECT_EQ(tree->find("b")->shape(), ConfigValue::Shape::kNull);
  EXPECT_EQ(tree->find("c")->find("d")->text(), "null");
  EXPECT_EQ(tree->find("c")->find("e")->shape(), ConfigValue::Shape::kNull);
}

TEST(Yaml, EmptyKeyDoesNotTakeAWordFromTheNextLine) {
  auto tree = parse_yaml("a:\nnull_fraction: 1\n", "p.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("a")->shape(), ConfigValue::Shape::kNull);
}

TEST(Yaml, MapAsKeyIsRefused) {
  EXPECT_NE(yaml_problem("{a: 1}: 2\n").find("a key must be a plain text"), std::string::npos)
      << yaml_problem("{a: 1}: 2\n");
}

}  // namespace
}  // namespace sluice::config
