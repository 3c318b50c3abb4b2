#include "lake/new_columns.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

using data::TypeId;

TableState nested_table() {
  TableState state;
  state.schema.columns = data::Schema(
      {{"id", TypeId::kBigint}, {"s", data::Type::structure({{"a", TypeId::kBigint}})}});
  return state;
}

TEST(MissingColumns, WhatIsThereIsNotNew) {
  const auto found = missing_columns(nested_table().schema.columns, nested_table());
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->empty());
}

TEST(MissingColumns, AColumnGoesToTheTable) {
  const auto found = missing_columns(data::Schema({{"w", TypeId::kVarchar}}), nested_table());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_TRUE((*found)[0].parent.empty());
  EXPECT_EQ((*found)[0].field, R"({"metadata":{},"name":"w","nullable":true,"type":"string"})");
}

TEST(MissingColumns, AFieldGoesToItsStruct) {
  const data::Schema rows(
      {{"s", data::Type::structure({{"a", TypeId::kBigint}, {"b", TypeId::kDate}})}});
  const auto found = missing_columns(rows, nested_table());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].parent, std::vector<std::string>{"s"});
}

TEST(MissingColumns, ATimestampNeedsItsFeature) {
  const data::Schema rows({{"t", TypeId::kTimestamp}});
  EXPECT_EQ(missing_columns(rows, nested_table()).error().kind(), Kind::kUser);
  TableState state = nested_table();
  state.features = {"timestampNtz"};
  EXPECT_EQ(missing_columns(rows, state)->size(), 1U);
}

TEST(MissingColumns, AnUnusualNameNeedsColumnMapping) {
  const data::Schema rows({{"a b", TypeId::kDate}});
  EXPECT_NE(missing_columns(rows, nested_table()).error().message().find("column mapping"),
            std::string::npos);
  TableState state = nested_table();
  state.configuration["delta.columnMapping.mode"] = "name";
  state.schema.stored = {{.name = "col-1", .field_id = 1}, {.name = "col-2", .field_id = 2}};
  EXPECT_EQ(missing_columns(rows, state)->size(), 1U);
}

}  // namespace
}  // namespace sluice::lake
