#include "data/type.h"

#include <gtest/gtest.h>

namespace sluice::data {
namespace {

std::string reparsed(std::string_view text) {
  Result<Type> type = Type::parse(text);
  return type ? type->to_string() : type.error().message();
}

TEST(Type, EveryNameGivesItselfBack) {
  for (const char* name : {"BOOLEAN",
                           "TINYINT",
                           "SMALLINT",
                           "INTEGER",
                           "BIGINT",
                           "HUGEINT",
                           "UTINYINT",
                           "USMALLINT",
                           "UINTEGER",
                           "UBIGINT",
                           "REAL",
                           "DOUBLE",
                           "DECIMAL(22,12)",
                           "VARCHAR",
                           "BLOB",
                           "JSON",
                           "UUID",
                           "DATE",
                           "TIME",
                           "TIMESTAMP",
                           "TIMESTAMPTZ",
                           "INTERVAL",
                           "INTEGER[]",
                           "STRUCT(a INTEGER, b VARCHAR[])",
                           "MAP(VARCHAR, DOUBLE)"}) {
    EXPECT_EQ(reparsed(name), name);
  }
}

TEST(Type, KnowsTheAliasesOfDuckDbAndSpark) {
  EXPECT_EQ(reparsed("string"), "VARCHAR");
  EXPECT_EQ(reparsed("Long"), "BIGINT");
  EXPECT_EQ(reparsed("int"), "INTEGER");
  EXPECT_EQ(reparsed("byte"), "TINYINT");
  EXPECT_EQ(reparsed("float"), "REAL");
  EXPECT_EQ(reparsed("double precision"), "DOUBLE");
  EXPECT_EQ(reparsed("timestamp with time zone"), "TIMESTAMPTZ");
  EXPECT_EQ(reparsed("TIMESTAMP_NTZ"), "TIMESTAMP");
  EXPECT_EQ(reparsed("varchar(20)"), "VARCHAR");
  EXPECT_EQ(reparsed("numeric(10)"), "DECIMAL(10,0)");
}

TEST(Type, ReadsSparksAngleBrackets) {
  EXPECT_EQ(reparsed("struct<a: int, b: array<map<string,double>>>"),
            "STRUCT(a INTEGER, b MAP(VARCHAR, DOUBLE)[])");
}

TEST(Type, QuotesFieldNamesWhereSqlNeedsIt) {
  EXPECT_EQ(reparsed("STRUCT(\"a \"\"b\" INT, \"select\" INT, \"c\" INT)"),
            "STRUCT(\"a \"\"b\" INTEGER, \"select\" INTEGER, c INTEGER)");
}

TEST(Type, KeepsDuckDbsOtherTypesByName) {
  EXPECT_EQ(reparsed("ENUM('a', 'b)')"), "ENUM('a', 'b)')");
  EXPECT_EQ(Type::parse("BIT")->id(), TypeId::kOther);
  EXPECT_EQ(reparsed("INTEGER[3]"), "INTEGER[3]");
}

TEST(Type, NamesTheNearestTypeInItsErrors) {
  EXPECT_EQ(reparsed("BIGITN"), "type 'BIGITN': unknown type 'BIGITN'; did you mean 'BIGINT'?");
  EXPECT_EQ(Type::parse("VARCHR").error().kind(), Kind::kUser);
}

TEST(Type, RefusesWhatIsNotAType) {
  for (const char* text :
       {"", "DECIMAL(39,1)", "DECIMAL(0)", "DECIMAL(5,6)", "DECIMAL(5,2", "DECIMAL(-1)", "INTEGER[",
        "INTEGER x", "STRUCT()", "STRUCT(a)", "STRUCT(a INT, A INT)", "MAP(INT)", "LIST",
        "STRUCT(\"a INT)", "ENUM('a'", "[]"}) {
    EXPECT_FALSE(Type::parse(text)) << text;
  }
}

TEST(Type, RefusesDeepNesting) {
  std::string deep = "INTEGER";
  for (int i = 0; i < 100'000; ++i) deep += "[]";
  EXPECT_FALSE(Type::parse(deep));
  std::string open;
  for (int i = 0; i < 100'000; ++i) open += "LIST(";
  EXPECT_FALSE(Type::parse(open));
}

TEST(Type, ComparesByContent) {
  EXPECT_EQ(*Type::parse("STRUCT(a INT[])"),
            Type::structure({{"a", Type::list(TypeId::kInteger)}}));
  EXPECT_NE(Type::decimal(10, 2), Type::decimal(10, 3));
  EXPECT_NE(*Type::parse("MAP(INT, INT)"), *Type::parse("MAP(INT, BIGINT)"));
}

TEST(Schema, FindsNamesInAnyCase) {
  const Schema schema({{"a", TypeId::kInteger}, {"SellerID", TypeId::kInteger}});
  EXPECT_EQ(schema.find("sellerid"), 1);
  EXPECT_EQ(schema.find("seller"), -1);
}

TEST(Schema, WritesItselfAsSql) {
  const Schema schema(
      {{"a", TypeId::kBigint}, {"my col", TypeId::kVarchar}, {"order", TypeId::kDate}});
  EXPECT_EQ(schema.to_string(), "a BIGINT, \"my col\" VARCHAR, \"order\" DATE");
}

TEST(Quote, DoublesItsMark) {
  EXPECT_EQ(quote_identifier("na\"me"), "\"na\"\"me\"");
  EXPECT_EQ(quote_literal("te'xt"), "'te''xt'");
}

}  // namespace
}  // namespace sluice::data
