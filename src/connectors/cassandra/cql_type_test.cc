#include "connectors/cassandra/cql_type.h"

#include <gtest/gtest.h>

namespace sluice::connectors::cassandra {
namespace {

std::string sql_of(std::string_view text) {
  const auto type = CqlType::parse(text);
  EXPECT_TRUE(type) << text;
  return type ? natural_type(*type).to_string() : "";
}

std::optional<std::string> why_not(std::string_view text, std::string_view wanted) {
  return cannot_be(*CqlType::parse(text), *data::Type::parse(wanted));
}

TEST(CqlType, EachHasASqlType) {
  EXPECT_EQ(sql_of("ascii"), "VARCHAR");
  EXPECT_EQ(sql_of("varint"), "HUGEINT");
  EXPECT_EQ(sql_of("decimal"), "DECIMAL(38,18)");
  EXPECT_EQ(sql_of("counter"), "BIGINT");
  EXPECT_EQ(sql_of("timestamp"), "TIMESTAMPTZ");
  EXPECT_EQ(sql_of("duration"), "INTERVAL");
  EXPECT_EQ(sql_of("map<text, set<int>>"), "MAP(VARCHAR, INTEGER[])");
  EXPECT_EQ(sql_of("vector<float, 3>"), "REAL[]");
  EXPECT_EQ(sql_of("tuple<int, text>"), "STRUCT(_1 INTEGER, _2 VARCHAR)");
  EXPECT_EQ(sql_of(R"(udt<"a ""b""" uuid, "c" list<timeuuid>>)"),
            R"(STRUCT("a ""b""" UUID, c UUID[]))");
}

TEST(CqlType, TextComesBack) {
  for (const char* text : {"int", "map<text, list<inet>>", "vector<vector<float, 2>, 3>",
                           R"(udt<"a" tuple<int, text>, "b" blob>)"}) {
    EXPECT_EQ(CqlType::parse(text)->to_string(), text);
  }
}

TEST(CqlType, WhatIsNoTypeIsRefused) {
  for (const char* text : {"", "integer", "list<int", "list<int>>", "map<int,int>",
                           "vector<int, x>", "udt<a int>", "list", "int<int>"}) {
    EXPECT_FALSE(CqlType::parse(text)) << text;
  }
}

TEST(CqlType, NestingHasALimit) {
  std::string text = "int";
  for (int i = 0; i < 100; ++i) text = "list<" + text + ">";
  EXPECT_FALSE(CqlType::parse(text));
}

TEST(CqlType, OtherTypesForNumbersAndTimes) {
  EXPECT_FALSE(why_not("decimal", "DECIMAL(10,2)"));
  EXPECT_FALSE(why_not("decimal", "VARCHAR"));
  EXPECT_TRUE(why_not("decimal", "DOUBLE"));
  EXPECT_FALSE(why_not("varint", "BIGINT"));
  EXPECT_FALSE(why_not("time", "BIGINT"));
  EXPECT_FALSE(why_not("list<decimal>", "DECIMAL(10,2)[]"));
  EXPECT_FALSE(why_not("map<text, varint>", "MAP(VARCHAR, BIGINT)"));
  EXPECT_FALSE(why_not("duration", "STRUCT(months INTEGER, days INTEGER, nanoseconds BIGINT)"));
  EXPECT_EQ(why_not("int", "BIGINT"), "it is INTEGER");
  EXPECT_EQ(why_not("text", "BLOB"), "it is VARCHAR");
}

}  // namespace
}  // namespace sluice::connectors::cassandra
