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

DeltaSchema table_of(const Schema& schema) { return {schema, {}, false}; }

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

TEST(DeltaSchema, RefusesNamesThatParquetReadersRefuse) {
  Schema spaced;
  spaced.add({"a b", TypeId::kBigint});
  EXPECT_FALSE(to_delta_json(spaced));
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
      R"({"name":"l","type":{"type":"array","elementType":"variant","containsNull":false},)"
      R"("nullable":true,"metadata":{}}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->required, std::vector<std::string>{"id"});
  EXPECT_TRUE(read->nested_required);
  EXPECT_EQ(read->columns[1].type, Type::list(Type::other("variant")));
}

TEST(DeltaSchema, BrokenSchemaIsCorruption) {
  for (const char* text : {"", "[]", "{}", R"({"fields":[{"name":"a"}]})", R"({"fields":[1]})",
                           R"({"fields":[{"name":"a","type":{"type":"array"}}]})"}) {
    const auto read = from_delta_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind(), Kind::kCorruption);
  }
}

TEST(CheckSchema, NamesEveryDifference) {
  Schema rows;
  rows.add({"id", TypeId::kInteger});
  rows.add({"Name", TypeId::kVarchar});
  rows.add({"extra", TypeId::kDate});
  Schema table;
  table.add({"id", TypeId::kBigint});
  table.add({"name", TypeId::kVarchar});
  const auto checked = check_schema(rows, {}, table_of(table), {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), Kind::kUser);
  EXPECT_EQ(
      checked.error().message(),
      "the view's columns do not fit the Delta table: \"id\" is INTEGER here and BIGINT in the "
      "table; \"Name\" is written \"name\" in the table; \"extra\" is not in the table; change "
      "the view's SELECT (names, casts) or write to another path");
}

TEST(CheckSchema, TableMayHaveMoreColumnsUnlessRequired) {
  Schema rows;
  rows.add({"id", TypeId::kBigint});
  Schema table = rows;
  table.add({"later", TypeId::kVarchar});
  EXPECT_TRUE(check_schema(rows, {}, table_of(table), {}));
  EXPECT_FALSE(check_schema(rows, {}, {table, {"later"}, false}, {}));
}

TEST(CheckSchema, JsonIsTextInATable) {
  Schema rows;
  rows.add({"j", Type::list(TypeId::kJson)});
  Schema table;
  table.add({"j", Type::list(TypeId::kVarchar)});
  EXPECT_TRUE(check_schema(rows, {}, table_of(table), {}));
}

TEST(CheckSchema, PartitionColumnsMustBeEqual) {
  Schema rows;
  rows.add({"a", TypeId::kBigint});
  rows.add({"b", TypeId::kBigint});
  EXPECT_TRUE(check_schema(rows, {"a"}, table_of(rows), {"a"}));
  EXPECT_FALSE(check_schema(rows, {}, table_of(rows), {"a"}));
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
