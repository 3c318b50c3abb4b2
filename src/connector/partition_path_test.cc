#include "connector/partition_path.h"

#include <gtest/gtest.h>

namespace sluice::connector {
namespace {

std::string folder(std::string_view key, const std::optional<std::string>& value) {
  auto name = partition_folder(key, value);
  return name ? *name : name.error().message();
}

std::string repeated(std::string_view letter, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += letter;
  return text;
}

// ExternalCatalogUtils.escapePathName of Spark 4.
TEST(PartitionFolder, EscapesWhatSparkEscapes) {
  EXPECT_EQ(folder("k", "\"#%'*/:=?\\{[]^\x7F"), "k=%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E%7F");
  EXPECT_EQ(folder("k", "a\n\t\x01"), "k=a%0A%09%01");
  EXPECT_EQ(folder("k", " !$&()+,-.;<>@_`|}~aZ9"), "k= !$&()+,-.;<>@_`|}~aZ9");
  EXPECT_EQ(folder("a=b", "1"), "a%3Db=1");
  EXPECT_EQ(folder("t", "2024-01-31 10:00:00"), "t=2024-01-31 10%3A00%3A00");
}

TEST(PartitionFolder, LettersBeyondAsciiStay) {
  EXPECT_EQ(folder("país", "東京 é"), "país=東京 é");
  EXPECT_EQ(folder("k", repeated("京", 80)), "k=" + repeated("京", 80));
}

TEST(PartitionFolder, EmptyIsNull) {
  EXPECT_EQ(folder("k", ""), "k=__HIVE_DEFAULT_PARTITION__");
  EXPECT_EQ(folder("k", std::nullopt), "k=__HIVE_DEFAULT_PARTITION__");
}

TEST(PartitionFolder, WhatNoFolderCanHoldIsRefusedByName) {
  EXPECT_EQ(
      folder("k", std::string("a\0b", 3)),
      "E_PARTITION_VALUE: a value of partition_by column 'k' contains a NUL, which a folder's "
      "name cannot; remove it in the view, as in replace(\"k\", chr(0), ''); value=k=a%00b");
  EXPECT_EQ(partition_folder("k", repeated("京", 85)).error().kind(), Kind::kUser);
  EXPECT_NE(folder("k", repeated("京", 85)).find("bytes=257"), std::string::npos);
  EXPECT_EQ(folder("k", std::string(253, 'a')).size(), 255U);
}

}  // namespace
}  // namespace sluice::connector
