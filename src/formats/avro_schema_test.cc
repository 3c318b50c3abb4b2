#include "formats/avro_schema.h"

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

/// The columns, or the error.
std::string columns_of(std::string_view schema, const std::vector<std::string>& references = {}) {
  const auto parsed = AvroSchema::parse(schema, references);
  if (!parsed) return parsed.error().message();
  const auto columns = avro_columns(*parsed);
  return columns ? columns->to_string() : columns.error().message();
}

std::string field(const std::string& type) {
  return columns_of(R"({"type": "record", "name": "R", "fields": [{"name": "f", "type": )" + type +
                    "}]}");
}

TEST(AvroSchema, EachKindHasItsColumn) {
  EXPECT_EQ(field(R"("int")"), "f INTEGER");
  EXPECT_EQ(field(R"(["null", "long"])"), "f BIGINT");
  EXPECT_EQ(field(R"({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2})"),
            "f DECIMAL(9,2)");
  EXPECT_EQ(field(R"({"type": "map", "values": ["null", "string"]})"), "f MAP(VARCHAR, VARCHAR)");
  EXPECT_EQ(field(R"({"type": "fixed", "name": "F", "size": 12, "logicalType": "duration"})"),
            "f INTERVAL");
  EXPECT_EQ(field(R"(["float", "double"])"), "f DOUBLE");
  EXPECT_EQ(field(R"(["null", "string", "long"])"), "f STRUCT(member0 VARCHAR, member1 BIGINT)");
}

TEST(AvroSchema, ALogicalTypeThatDoesNotFitMeansNothing) {
  EXPECT_EQ(field(R"({"type": "string", "logicalType": "date"})"), "f VARCHAR");
  EXPECT_EQ(field(R"({"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3})"),
            "f BLOB");
  EXPECT_EQ(field(R"({"type": "fixed", "name": "F", "size": 15, "logicalType": "uuid"})"),
            "f BLOB");
}

TEST(AvroSchema, NamesAreFoundInTheirNamespaces) {
  EXPECT_EQ(columns_of(R"({"type": "record", "name": "a.b.R", "fields": [
    {"name": "x", "type": {"type": "enum", "name": "E", "symbols": ["S"]}},
    {"name": "y", "type": "E"}, {"name": "z", "type": "a.b.E"}]})"),
            "x VARCHAR, y VARCHAR, z VARCHAR");
  EXPECT_EQ(
      columns_of(R"({"type": "record", "name": "R", "fields": [{"name": "x", "type": "o.T"}]})",
                 {R"({"type": "fixed", "name": "T", "namespace": "o", "size": 3})"}),
      "x BLOB");
}

TEST(AvroSchema, WhatIsNoRecordIsOneColumn) { EXPECT_EQ(columns_of(R"("long")"), "value BIGINT"); }

TEST(AvroSchema, RecursionIsRefusedByName) {
  EXPECT_NE(columns_of(R"({"type": "record", "name": "Node", "fields": [
    {"name": "next", "type": ["null", "Node"]}]})")
                .find("the record 'Node' holds itself"),
            std::string::npos);
}

TEST(AvroSchema, ErrorsSayWhere) {
  EXPECT_EQ(columns_of("{"), "the Avro schema is not valid JSON");
  EXPECT_EQ(
      field(R"({"type": "record", "name": "S", "fields": [{"name": "g", "type": "strin"}]})"),
      "the Avro schema is wrong at f.g: there is no type 'strin'; a type must be defined before "
      "it is used, here or in a reference");
  EXPECT_NE(field(R"({"type": "enum", "name": "E", "symbols": []})").find("no symbols"),
            std::string::npos);
  EXPECT_NE(field(R"(["int", "int"])").find("the same type twice"), std::string::npos);
  EXPECT_NE(field(R"({"type": "bytes", "logicalType": "decimal", "precision": 39})")
                .find("f: a decimal of 39 digits"),
            std::string::npos);
}

TEST(AvroSchema, NestingIsBounded) {
  std::string deep = "\"int\"";
  for (int i = 0; i < 100; ++i) deep = R"({"type": "array", "items": )" + deep + "}";
  EXPECT_NE(field(deep).find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace sluice::formats
