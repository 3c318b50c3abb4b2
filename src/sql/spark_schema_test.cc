#include "sql/spark_schema.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

struct Case {
  const char* schema;
  const char* shape;
};

class SparkSchemaTest : public ::testing::TestWithParam<Case> {};

TEST_P(SparkSchemaTest, IsATypeOfDuckdbs) {
  const auto shape = json_shape(GetParam().schema);
  ASSERT_TRUE(shape) << shape.error().message();
  EXPECT_EQ(*shape, GetParam().shape);
}

INSTANTIATE_TEST_SUITE_P(
    Schemas, SparkSchemaTest,
    ::testing::Values(
        Case{"a INT, b STRING", R"~("STRUCT(\"a\" INTEGER, \"b\" VARCHAR)")~"},
        Case{"a: int", R"~("STRUCT(\"a\" INTEGER)")~"},
        Case{"`a b` LONG NOT NULL COMMENT 'x', c BOOLEAN",
             R"~("STRUCT(\"a b\" BIGINT, \"c\" BOOLEAN)")~"},
        Case{"d DECIMAL(10, 2), e DECIMAL, f VARCHAR(5)",
             R"~("STRUCT(\"d\" DECIMAL(10, 2), \"e\" DECIMAL(10, 0), \"f\" VARCHAR)")~"},
        Case{"ARRAY<STRUCT<x: INT>>", R"~("STRUCT(\"x\" INTEGER)[]")~"},
        Case{"MAP<STRING, ARRAY<INT>>", R"~("MAP(VARCHAR, INTEGER[])")~"},
        Case{"map INT", R"~("STRUCT(\"map\" INTEGER)")~"},
        Case{R"({"a": "INTEGER"})", R"({"a": "INTEGER"})"}));

TEST(SparkSchema, SaysWhatIsWrongAndWhere) {
  const auto shape = json_shape("a INT, b LIST<INT>");
  ASSERT_FALSE(shape);
  EXPECT_EQ(shape.error().message(),
            "the schema 'a INT, b LIST<INT>' of from_json needs a type of Spark's "
            "(INT, STRING, "
            "ARRAY<INT> ...) at 'LIST<INT>'");
}

TEST(SparkSchema, TypesThatNestWithoutEndAreRefused) {
  std::string schema = "a ";
  for (int i = 0; i < 100000; ++i) schema += "ARRAY<";
  EXPECT_FALSE(json_shape(schema));
}

}  // namespace
}  // namespace sluice::sql
