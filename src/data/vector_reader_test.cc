#include "data/vector_reader.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::data {
namespace {

TEST(VectorReader, ReadsTextsInlineAndByPointer) {
  const std::string kept = "longer than twelve bytes";
  StringSlot slots[3];
  VectorWriter writer;
  writer.values = slots;
  writer.set_text(0, "twelve bytes");
  writer.set_text(1, kept);
  writer.set_text(2, "");
  const VectorReader reader(writer);
  EXPECT_EQ(reader.text(0), "twelve bytes");
  EXPECT_EQ(reader.text(1).data(), kept.data());  // where it lies: nothing is copied
  EXPECT_EQ(reader.text(2), "");
}

TEST(VectorReader, WithoutAMaskNothingIsNull) {
  const VectorReader reader;
  EXPECT_FALSE(reader.is_null(0));
  EXPECT_FALSE(reader.is_null(100'000));
}

TEST(VectorReader, NullsAreRowsWhoseBitIsNotSet) {
  const std::uint64_t validity[] = {~(1ULL << 63U), ~1ULL};
  VectorReader reader;
  reader.validity = validity;
  EXPECT_FALSE(reader.is_null(62));
  EXPECT_TRUE(reader.is_null(63));
  EXPECT_TRUE(reader.is_null(64));
  EXPECT_FALSE(reader.is_null(65));
}

TEST(VectorReader, ValuesNeedNotBeAligned) {
  alignas(16) char bytes[24] = {};
  const std::int64_t value = -7;
  std::memcpy(bytes + 12, &value, sizeof value);
  VectorReader reader;
  reader.values = bytes + 4;
  EXPECT_EQ(reader.at<std::int64_t>(1), -7);
}

TEST(VectorReader, ChildrenAreThoseOfTheWriter) {
  std::int32_t elements[] = {1, 2, 3};
  ListSlot slots[] = {{1, 2}};
  VectorWriter writer;
  writer.values = slots;
  writer.children.resize(1);
  writer.children[0].values = elements;
  const VectorReader reader(writer);
  const auto slot = reader.at<ListSlot>(0);
  EXPECT_EQ(slot.length, 2U);
  EXPECT_EQ(reader.children[0].at<std::int32_t>(slot.offset + 1), 3);
}

}  // namespace
}  // namespace sluice::data
