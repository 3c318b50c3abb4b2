#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr JsonRules kRescue{Rules::kStrict, BadField::kNull, true, true};
constexpr JsonRules kRescueCarefully{Rules::kStrict, BadField::kNull, false, true};
constexpr const char* kRescuing = "a INTEGER, s VARCHAR, _rescued VARCHAR";

/// By both ways of reading, which must agree.
std::string rescued(std::string_view schema, const std::string& record) {
  const std::string quick = decode_one(schema, record, kRescue);
  EXPECT_EQ(quick, decode_one(schema, record, kRescueCarefully));
  // Once more, when the record's layout has been learnt.
  const std::vector<std::string> twice = {record, record};
  const Decoded learnt = decode_json(schema, twice, kRescue);
  if (learnt.rows.size() == 2) {
    EXPECT_EQ(learnt.rows[1], quick);
  }
  return quick;
}

TEST(JsonRescued, NothingIsNull) {
  EXPECT_EQ(rescued(kRescuing, R"({"a":1,"s":"x"})"), "1 | 'x' | NULL");
  EXPECT_EQ(rescued(kRescuing, "{}"), "NULL | NULL | NULL");
}

TEST(JsonRescued, FieldsThatAreNoColumn) {
  EXPECT_EQ(rescued(kRescuing, R"({"x": [1, {"y": null}] ,"a":1,"A":2.50,"z":"q\"\u00e9"})"),
            R"(1 | NULL | '{"x":[1, {"y": null}],"A":2.50,"z":"q\"\u00e9"}')");
}

TEST(JsonRescued, NamesWithEscapesStayAsTheyStand) {
  EXPECT_EQ(rescued(kRescuing, R"({"b\"\\":1,"\u0061":7})"), R"(7 | NULL | '{"b\"\\":1}')");
}

TEST(JsonRescued, FieldsThatDoNotFit) {
  EXPECT_EQ(rescued(kRescuing, R"({"a":"one","s":"x"})"), R"(NULL | 'x' | '{"a":"one"}')");
  EXPECT_EQ(rescued(kRescuing, R"({"a":5000000000,"n":1})"),
            R"(NULL | NULL | '{"a":5000000000,"n":1}')");
  EXPECT_EQ(rescued(kRescuing, R"({"a":{"b": 1}})"), R"(NULL | NULL | '{"a":{"b": 1}}')");
}

TEST(JsonRescued, NestedColumnsWhole) {
  constexpr const char* kNested = "p STRUCT(x INTEGER), l STRUCT(x INTEGER)[], _rescued VARCHAR";
  EXPECT_EQ(rescued(kNested, R"({"p":{"x":1},"l":[{"x":2}]})"), "{x: 1} | [{x: 2}] | NULL");
  EXPECT_EQ(rescued(kNested, R"({"p":{"x":1,"y": 2},"l":[{"x":"q"}]})"),
            R"({x: 1} | [{x: NULL}] | '{"p":{"x":1,"y": 2},"l":[{"x":"q"}]}')");
}

TEST(JsonRescued, TheColumnItselfIsNoField) {
  EXPECT_EQ(rescued(kRescuing, R"({"_rescued":"mine"})"), R"(NULL | NULL | '{"_rescued":"mine"}')");
}

TEST(JsonRescued, BrokenRecordsAndFieldsThatStandTwiceAreRejected) {
  EXPECT_NE(rescued(kRescuing, R"({"a":1)").find("ends"), std::string::npos);
  EXPECT_NE(rescued(kRescuing, R"({"a":1,"a":2})").find("twice"), std::string::npos);
}

TEST(JsonRescued, EveryRecordByItself) {
  const std::vector<std::string> records = {R"({"a":1,"x":1})", R"({"a":2})", R"({"a":"q","y":2})",
                                            R"({"a":3,"x":3})"};
  const Decoded decoded = decode_json("a INTEGER, _rescued VARCHAR", records, kRescue);
  EXPECT_EQ(decoded.rows,
            (std::vector<std::string>{R"(1 | '{"x":1}')", "2 | NULL", R"(NULL | '{"a":"q","y":2}')",
                                      R"(3 | '{"x":3}')"}));
}

TEST(JsonRescued, ColumnsThatNoQueryNeedsAreCheckedForIt) {
  DecodedColumns columns = columns_from(kRescuing);
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), kRescue);
  const std::vector<std::string> records = {R"({"a":"q","s":"x","z":1})"};
  EXPECT_EQ(decode_all(decoder, plans, records, {2}).rows.at(0), R"('{"a":"q","z":1}')");
  EXPECT_EQ(decode_all(decoder, plans, records, {1}).rows.at(0), "'x'");
}

TEST(JsonRescued, MoreNamesThanAreRemembered) {
  std::vector<std::string> records;
  for (int i = 0; i < 1000; ++i) {
    records.push_back("{\"n" + std::to_string(i) + "\":" + std::to_string(i) + ",\"a\":1}");
  }
  const Decoded decoded = decode_json("a INTEGER, _rescued VARCHAR", records, kRescue);
  EXPECT_EQ(decoded.rows.at(999), R"(1 | '{"n999":999}')");
}

TEST(JsonRescued, InSparksMode) {
  const JsonRules rules{Rules::kSpark, BadField::kSpark, true, true};
  EXPECT_EQ(decode_one(kRescuing, R"({'a':"x", 'y':1})", rules),
            R"(NULL | NULL | '{"a":"x","y":1}')");
}

}  // namespace
}  // namespace sluice::formats
