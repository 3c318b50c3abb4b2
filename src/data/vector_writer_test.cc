#include "data/vector_writer.h"

#include <string_view>

#include <gtest/gtest.h>

namespace sluice::data {
namespace {

TEST(VectorWriter, SetsAnEmptyTextWithoutAnAddress) {
  StringSlot slot;
  slot.bytes = 7;
  VectorWriter writer;
  writer.values = &slot;
  writer.set_text(0, std::string_view());  // data() is null: memcpy from it is undefined
  EXPECT_EQ(slot.bytes, 0U);
}

TEST(VectorWriter, CopiesAShortTextIntoItsSlot) {
  StringSlot slot;
  VectorWriter writer;
  writer.values = &slot;
  writer.set_text(0, "twelve bytes");
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(&slot) + 4, slot.bytes), "twelve bytes");
}

TEST(VectorWriter, PointsToALongText) {
  constexpr std::string_view kText = "thirteen byte";
  StringSlot slot;
  VectorWriter writer;
  writer.values = &slot;
  writer.set_text(0, kText);
  EXPECT_EQ(slot.pointer, kText.data());
  EXPECT_EQ(std::string_view(slot.prefix, 4), "thir");
}

}  // namespace
}  // namespace sluice::data
