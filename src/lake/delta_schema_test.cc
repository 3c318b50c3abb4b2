#include "lake/delta_schema.h"

#include <gtest/gtest.h>

namespace sluice::lake {
namespace {

using data::Schema;
using data::Type;
using data::TypeId;

Schema every_type() {
  Schema schema;
  schema.add({"b", TypeId::kBoolean});
  schema.add({"i8", TypeId::kTinyint});
  schema.add({"i16", TypeId::kSmallint});
  schema.add({"i32", TypeId::kInteger});
  schema.add({"i64", TypeId::kBigint});
  schema.add({"f", TypeId::kReal});
  schema.add({"d", TypeId::kDouble});
  schema.add({"m", Type::decimal(22, 12)});
  schema.add({"s", TypeId::kVarchar});
  schema.add({"x", TypeId::kBlob});
  schema.add({"day", TypeId::kDate});
  schema.add({"at", TypeId::kTimestampTz});
  schema.add({"local", TypeId::kTimestamp});
  schema.add({"r", Type::structure({{"a", TypeId::kInteger}, {"l", Type::list(TypeId::kDouble)}})});
  schema.add({"k", Type::map(TypeId::kVarchar, TypeId::kBigint)});
  return schema;
}

TEST(DeltaSchema, EveryTypeComesBack) {
  const auto json = to_delta_json(every_type());
  ASSERT_TRUE(json) << json.error().message();
  const auto back = from_delta_json(*json);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->columns, every_type());
  EXPECT_TRUE(back->required.empty());
  EXPECT_FALSE(back->nested_required);
}

TEST(DeltaSchema, JsonIsDeltas) {
  Schema schema;
  schema.add({"na\"me", Type::decimal(5, 2)});
  const auto json = to_delta_json(schema);
  ASSERT_TRUE(json);
  EXPECT_EQ(*json, R"j({"type":"struct","fields":[{"name":"na\"me","type":"decimal(5,2)",)j"
                   R"j("nullable":true,"metadata":{}}]})j");
}

TEST(DeltaSchema, RefusesATypeThatDeltaLacks) {
  Schema schema;
  schema.add({"total", TypeId::kHugeint});
  const auto json = to_delta_json(schema);
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().kind(), Kind::kUser);
  EXPECT_EQ(
      json.error().message(),
      "column \"total\": HUGEINT has no Delta type; cast it to DECIMAL(38,0) or BIGINT in the "
      "view");
}

TEST(DeltaSchema, NamesTheFieldInsideAStruct) {
  Schema schema;
  schema.add({"r", Type::structure({{"t", TypeId::kTime}})});
  const auto json = to_delta_json(schema);
  ASSERT_FALSE(json);
  EXPECT_NE(json.error().message().find("\"r.t\""), std::string::npos);
}

TEST(DeltaSchema, FindsNamesThatParquetReadersRefuse) {
  EXPECT_EQ(name_to_map(every_type()), "");
  EXPECT_EQ(name_to_map(Schema({{"a b", TypeId::kBigint}})), "a b");
  const Type inside = Type::list(Type::structure({{"x,y", TypeId::kDate}}));
  EXPECT_EQ(name_to_map(Schema({{"a", Type::map(TypeId::kVarchar, inside)}})), "x,y");
}

TEST(DeltaSchema, NumbersColumnsAndWhatIsInsideThem) {
  const Schema schema(
      {{"a b", Type::list(Type::structure({{"c", TypeId::kDate}}))}, {"d", TypeId::kBigint}});
  ColumnNumbers numbers{.prefix = "col-"};
  const auto json = to_delta_json(schema, &numbers);
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(numbers.last, 3);
  const auto read = from_delta_json(*json);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->columns, schema);
  EXPECT_EQ(read->stored[0].name, "col-1");
  EXPECT_EQ(read->stored[0].children[0].children[0].name, "col-2");
  EXPECT_EQ(read->stored[1].field_id, 3);
}

TEST(DeltaSchema, RefusesNamesThatDifferInCaseOnly) {
  Schema twice;
  twice.add({"a", TypeId::kBigint});
  twice.add({"A", TypeId::kBigint});
  EXPECT_FALSE(to_delta_json(twice));
}

TEST(DeltaSchema, FindsTimestampNtzInTheDepth) {
  Schema schema;
  schema.add({"a", Type::list(Type::structure({{"t", TypeId::kTimestamp}}))});
  EXPECT_TRUE(has_timestamp_ntz(schema));
  schema = Schema();
  schema.add({"a", TypeId::kTimestampTz});
  EXPECT_FALSE(has_timestamp_ntz(schema));
}

TEST(DeltaSchema, ReadsWhatMustNotBeNull) {
  const auto read = from_delta_json(
      R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":false,"metadata":{}},)"
      R"({"name":"l","type":{"type":"array","elementType":"geometry","containsNull":false},)"
      R"("nullable":true,"metadata":{}}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->required, std::vector<std::string>{"id"});
  EXPECT_TRUE(read->nested_required);
  EXPECT_EQ(read->columns[1].type, Type::list(Type::other("geometry")));
}

TEST(DeltaSchema, VoidIsATextThatIsAlwaysNull) {
  const auto read = from_delta_json(
      R"({"type":"struct","fields":[{"name":"v","type":"void","nullable":true,"metadata":{}}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->columns[0].type, Type(TypeId::kVarchar));
}

TEST(DeltaSchema, VariantIsJson) {
  const auto read = from_delta_json(
      R"({"type":"struct","fields":[{"name":"v","type":"variant","nullable":true,"metadata":{}},)"
      R"({"name":"l","type":{"type":"array","elementType":"variant","containsNull":true},)"
      R"("nullable":true,"metadata":{}}]})");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->columns[0].type, Type(TypeId::kJson));
  EXPECT_TRUE(read->stored[0].is_variant);
  EXPECT_EQ(read->columns[1].type, Type::list(TypeId::kJson));
  EXPECT_TRUE(read->stored[1].children[0].is_variant);
}

TEST(DeltaSchema, BrokenSchemaIsCorruption) {
  for (const char* text : {"", "[]", "{}", R"({"fields":[{"name":"a"}]})", R"({"fields":[1]})",
                           R"({"fields":[{"name":"a","type":{"type":"array"}}]})"}) {
    const auto read = from_delta_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind(), Kind::kCorruption);
  }
}

TEST(CheckPartitionColumns, RefusesWhatCannotNameAFolder) {
  Schema schema;
  schema.add({"a", TypeId::kBigint});
  schema.add({"l", Type::list(TypeId::kBigint)});
  schema.add({"x", TypeId::kBlob});
  EXPECT_TRUE(check_partition_columns(schema, {"a"}));
  EXPECT_FALSE(check_partition_columns(schema, {"missing"}));
  EXPECT_FALSE(check_partition_columns(schema, {"a", "a"}));
  EXPECT_FALSE(check_partition_columns(schema, {"l"}));
  EXPECT_FALSE(check_partition_columns(schema, {"x"}));
  Schema one;
  one.add({"a", TypeId::kBigint});
  EXPECT_FALSE(check_partition_columns(one, {"a"}));
}

}  // namespace
}  // namespace sluice::lake
