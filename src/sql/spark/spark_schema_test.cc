#include "sql/spark/spark_schema.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

struct SchemaCase {
  const char* schema;
  const char* type;
};

class SparkSchemaTest : public ::testing::TestWithParam<SchemaCase> {};

TEST_P(SparkSchemaTest, IsATypeOfDuckdbs) {
  const auto type = from_json_type(GetParam().schema);
  ASSERT_TRUE(type) << type.error().message();
  EXPECT_EQ(type->to_string(), GetParam().type);
}

INSTANTIATE_TEST_SUITE_P(
    Schemas, SparkSchemaTest,
    ::testing::Values(SchemaCase{"a INT, b STRING", "STRUCT(a INTEGER, b VARCHAR)"},
                      SchemaCase{"a: int", "STRUCT(a INTEGER)"},
                      SchemaCase{"`a b` LONG NOT NULL COMMENT 'x', c BOOLEAN",
                                 "STRUCT(\"a b\" BIGINT, c BOOLEAN)"},
                      SchemaCase{"d DECIMAL(10, 2), e DECIMAL, f VARCHAR(5)",
                                 "STRUCT(d DECIMAL(10,2), e DECIMAL(10,0), f VARCHAR)"},
                      SchemaCase{"ARRAY<STRUCT<x: INT>>", "STRUCT(x INTEGER)[]"},
                      SchemaCase{"MAP<STRING, ARRAY<INT>>", "MAP(VARCHAR, INTEGER[])"},
                      SchemaCase{"map INT", "STRUCT(map INTEGER)"},
                      SchemaCase{"`` INT", "STRUCT(\"\" INTEGER)"},
                      SchemaCase{R"({"b": "INTEGER", "a": ["VARCHAR"], "c": {"d": "DATE"}})",
                                 "STRUCT(b INTEGER, a VARCHAR[], c STRUCT(d DATE))"}));

TEST(SparkSchema, SaysWhatIsWrongAndWhere) {
  const auto type = from_json_type("a INT, b LIST<INT>");
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().message(),
            "the schema 'a INT, b LIST<INT>' of from_json needs a type of Spark's "
            "(INT, STRING, "
            "ARRAY<INT> ...) at 'LIST<INT>'");
}

TEST(SparkSchema, TypesThatNestWithoutEndAreRefused) {
  std::string schema = "a ";
  for (int i = 0; i < 100000; ++i) schema += "ARRAY<";
  EXPECT_FALSE(from_json_type(schema));
}

}  // namespace
}  // namespace sluice::sql
