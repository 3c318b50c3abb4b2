#include "support/column_buffer.h"

#include <gtest/gtest.h>

namespace sluice::connector {
namespace {

using data::Type;
using data::TypeId;

TEST(ColumnBuffer, NullIsToldFromValue) {
  ColumnBuffer buffer(TypeId::kBigint, 3);
  buffer.writer().as<std::int64_t>()[0] = -5;
  buffer.writer().set_null(1);
  EXPECT_EQ(buffer.text(0), "-5");
  EXPECT_TRUE(buffer.is_null(1));
  EXPECT_FALSE(buffer.is_null(2));
}

TEST(ColumnBuffer, TextsShortAndLong) {
  ColumnBuffer buffer(TypeId::kVarchar, 2);
  const std::string kept = "longer than twelve bytes";
  buffer.writer().set_text(0, "short");
  buffer.writer().set_text(1, kept);
  EXPECT_EQ(buffer.text(0), "short");
  EXPECT_EQ(buffer.text(1), kept);
}

TEST(ColumnBuffer, DecimalHasItsPoint) {
  ColumnBuffer buffer(Type::decimal(9, 2), 2);
  buffer.writer().as<std::int32_t>()[0] = -5;
  buffer.writer().as<std::int32_t>()[1] = 12345;
  EXPECT_EQ(buffer.text(0), "-0.05");
  EXPECT_EQ(buffer.text(1), "123.45");
}

TEST(ColumnBuffer, ListGrows) {
  ColumnBuffer buffer(Type::list(TypeId::kInteger), 1);
  auto& writer = buffer.writer();
  writer.reserve_elements(2);
  writer.children[0].as<std::int32_t>()[0] = 1;
  writer.list_elements = 1;
  writer.reserve_elements(5000);
  writer.children[0].as<std::int32_t>()[1] = 2;
  writer.as<data::ListSlot>()[0] = {0, 2};
  EXPECT_EQ(buffer.text(0), "[1, 2]");
}

TEST(ColumnBuffer, MapIsAListOfPairs) {
  ColumnBuffer buffer(Type::map(TypeId::kVarchar, TypeId::kBlob), 1);
  auto& writer = buffer.writer();
  writer.reserve_elements(1);
  writer.children[0].children[0].set_text(0, "k");
  writer.children[0].children[1].set_null(0);
  writer.as<data::ListSlot>()[0] = {0, 1};
  EXPECT_EQ(buffer.text(0), "[{key: k, value: NULL}]");
}

}  // namespace
}  // namespace sluice::connector
