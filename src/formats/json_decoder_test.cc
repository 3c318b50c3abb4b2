#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kAbc = "a INTEGER, d DECIMAL(10,2), s VARCHAR";

TEST(Json, DecodesARecord) {
  EXPECT_EQ(decode_one(kAbc, R"({"a":1,"d":1.25,"s":"x"})"), "1 | 1.25 | 'x'");
}

TEST(Json, EveryType) {
  EXPECT_EQ(decode_one("a BOOLEAN, b TINYINT, c SMALLINT, d INTEGER, e BIGINT, f HUGEINT",
                       R"({"a":true,"b":-128,"c":32767,"d":-2147483648,"e":9223372036854775807,)"
                       R"("f":-170141183460469231731687303715884105727})"),
            "true | -128 | 32767 | -2147483648 | 9223372036854775807 | "
            "-170141183460469231731687303715884105727");
  EXPECT_EQ(decode_one("a UTINYINT, b USMALLINT, c UINTEGER, d UBIGINT, e DOUBLE, f REAL",
                       R"({"a":255,"b":65535,"c":4294967295,"d":18446744073709551615,)"
                       R"("e":1.5e3,"f":0.5})"),
            "255 | 65535 | 4294967295 | 18446744073709551615 | 1500 | 0.5");
  EXPECT_EQ(decode_one("a DATE, b TIME, c TIMESTAMP, d TIMESTAMPTZ, e BLOB, f JSON",
                       R"({"a":"1970-01-02","b":"00:00:01","c":"1970-01-01 00:00:01.5",)"
                       R"("d":"1970-01-01T02:00:00+02:00","e":"YWJj","f":{"x": [1, "y"]}})"),
            "1 | 1000000 | 1500000 | 0 | 'abc' | '{\"x\": [1, \"y\"]}'");
}

TEST(Json, NestedTypes) {
  EXPECT_EQ(decode_one("s STRUCT(x INTEGER, y VARCHAR[]), m MAP(VARCHAR, INTEGER)",
                       R"({"s":{"y":["a",null],"z":1,"x":7},"m":{"k":1,"l":null}})"),
            "{x: 7, y: ['a', NULL]} | {'k': 1, 'l': NULL}");
  EXPECT_EQ(decode_one("l STRUCT(a INTEGER)[][], m MAP(INTEGER, VARCHAR[])",
                       R"({"l":[[{"a":1},{}],[],null],"m":{"-5":["x"],"0":[]}})"),
            "[[{a: 1}, {a: NULL}], [], NULL] | {-5: ['x'], 0: []}");
}

TEST(Json, UuidsAreWhatDuckDbKeeps) {
  EXPECT_EQ(decode_one("u UUID", R"({"u":"80000000-0000-0000-0000-00000000002a"})"), "42");
}

TEST(Json, LongListsGrow) {
  std::string list = "[0";
  for (int i = 1; i < 5000; ++i) list += "," + std::to_string(i);
  const std::vector<std::string> batch(3, R"({"l":)" + list + "]}");
  const Decoded decoded = decode_json("l INTEGER[]", batch);
  EXPECT_EQ(decoded.rows.size(), 3U);
  EXPECT_EQ(decoded.rows[2].substr(decoded.rows[2].size() - 12), " 4998, 4999]");
}

TEST(Json, ARejectedRecordLeavesNoElements) {
  const std::vector<std::string> batch = {
      R"({"l":[{"a":1},{"a":null}],"n":1})", R"({"l":[{"a":null},{"a":null},{"a":"x"}],"n":1})",
      R"({"l":[{"a":null}],"n":"x"})", R"({"l":[{"a":2},{"a":3}],"n":4})", R"({"l":[{"a":1}]})"};
  const Decoded decoded = decode_json("l STRUCT(a INTEGER)[], n INTEGER", batch);
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"[{a: 1}, {a: NULL}] | 1",
                                                    "[{a: 2}, {a: 3}] | 4", "[{a: 1}] | NULL"}));
  EXPECT_EQ(decoded.rejects,
            (std::vector<std::string>{"1 l: field is a string, not its type in STRUCT(a INTEGER)[]",
                                      "2 n: field is a string, not INTEGER"}));
}

TEST(Json, ARejectedRecordLeavesNoNulls) {
  const std::vector<std::string> batch = {R"({"a":1})", R"({"b":"x"})", R"({"a":2,"b":3})"};
  EXPECT_EQ(decode_json("a INTEGER, b INTEGER", batch).rows,
            (std::vector<std::string>{"1 | NULL", "2 | 3"}));
}

TEST(Json, NullForWhatDoesNotFit) {
  EXPECT_EQ(
      decode_one("a INTEGER, l INTEGER[], s STRUCT(x INTEGER, y INTEGER), m MAP(VARCHAR, DATE)",
                 R"({"a":"x","l":[1,"x",3],"s":{"x":true,"y":2},"m":{"k":"no","l":"1970-01-02"}})",
                 kNullRules),
      "NULL | [1, NULL, 3] | {x: NULL, y: 2} | {'k': NULL, 'l': 1}");
  EXPECT_EQ(decode_one("a INTEGER, b INTEGER", R"({"a":1,"b":2,"a":3})", kNullRules), "NULL | 2");
  EXPECT_EQ(decode_one("s STRUCT(x INTEGER)", R"({"s":7})", kNullRules), "NULL");
  EXPECT_EQ(decode_one("a INTEGER", R"({"a":1)", kNullRules).substr(0, 26),
            " record is not valid JSON:");
}

TEST(Json, EqualKeysInMapsAndStructs) {
  EXPECT_EQ(decode_one("m MAP(VARCHAR, INTEGER)", R"({"m":{"a":1,"b":2,"a":3}})"),
            "m: a key is in the map twice");
  EXPECT_EQ(decode_one("m MAP(VARCHAR, INTEGER)", R"({"m":{"a":1,"b":2,"a":3}})", kSparkRules),
            "{'a': 3, 'b': 2}");
  EXPECT_EQ(decode_one("s STRUCT(x INTEGER)", R"({"s":{"x":1,"x":2}})"),
            "s: field is in the record twice");
  std::string many = R"({"m":{"k0":0)";
  for (int i = 1; i < 10'000; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(decode_one("m MAP(VARCHAR, INTEGER)", many + ",\"k77\":1}}"),
            "m: a key is in the map twice");
}

TEST(Json, MapKeysHaveOneTextEach) {
  EXPECT_EQ(decode_one("m MAP(INTEGER, INTEGER)", R"({"m":{"01":1}})").substr(0, 25),
            "m: text is not a number f");
}

TEST(Json, ColumnsThatNobodyWantsMayBeWrong) {
  DecodedColumns columns = columns_from("a INTEGER, b INTEGER");
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), {});
  const std::vector<std::string> batch = {R"({"a":1,"b":"x"})", R"({"a":2,"b":3})"};
  EXPECT_EQ(decode_all(decoder, plans, batch, {0}).rows, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(decode_all(decoder, plans, batch, {0}, {0, 1}).rows, (std::vector<std::string>{"2"}));
}

TEST(Json, ColumnsComeInTheOrderAskedFor) {
  DecodedColumns columns = columns_from("a INTEGER, b INTEGER, c INTEGER");
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), {});
  const std::vector<std::string> batch = {R"({"a":1,"b":2,"c":3})"};
  EXPECT_EQ(decode_all(decoder, plans, batch, {2, 0}).rows, (std::vector<std::string>{"3 | 1"}));
}

TEST(Json, ATombstoneIsARejectOrANullRow) {
  DecodedColumns columns = columns_from("a INTEGER");
  const std::vector<ValuePlan> plans = columns.plans;
  const data::Payload tombstone;
  for (const JsonRules rules : {JsonRules{}, kSparkRules}) {
    data::Arena arena;
    VectorMemory memory(plans[0], data::kChunkRowsMax);
    JsonReader reader(columns.schema, plans, rules, {0}, {}, arena);
    std::vector<std::uint32_t> kept;
    std::vector<data::Reject> rejects;
    data::VectorWriter vector = memory.vector();
    reader.read(std::span(&tombstone, 1), 0, 1, std::span(&vector, 1), kept, rejects);
    EXPECT_EQ(kept.size(), rules.rules == Rules::kSpark ? 1U : 0U);
    EXPECT_EQ(rejects.size(), 1 - kept.size());
  }
}

TEST(Json, ATombstoneIsARowOfNullsWhereItIsAskedFor) {
  DecodedColumns columns = columns_from("a INTEGER, s STRUCT(x INTEGER)");
  const std::vector<ValuePlan> plans = columns.plans;
  const JsonDecoder decoder(std::move(columns), {.tombstone_rows = true});
  const std::string record = R"({"a":1,"s":{"x":2}})";
  const data::Payload payloads[] = {{record.data(), static_cast<std::uint32_t>(record.size())},
                                    {},
                                    {record.data(), static_cast<std::uint32_t>(record.size())}};
  data::Arena arena;
  const auto reader = decoder.reader({0, 1}, {}, arena);
  VectorMemory first(plans[0], data::kChunkRowsMax);
  VectorMemory second(plans[1], data::kChunkRowsMax);
  std::vector<data::VectorWriter> vectors = {first.vector(), second.vector()};
  std::vector<std::uint32_t> kept;
  std::vector<data::Reject> rejects;
  reader->read(payloads, 0, 3, vectors, kept, rejects);
  EXPECT_EQ(kept, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(rejects.empty());
}

TEST(Json, TextsPointIntoThePayload) {
  DecodedColumns columns = columns_from("s VARCHAR");
  const std::string record = R"({"s":"long enough to be no inline text"})";
  const data::Payload payload{record.data(), static_cast<std::uint32_t>(record.size())};
  for (const bool speculate : {true, false}) {
    data::Arena arena;
    VectorMemory memory(columns.plans[0], data::kChunkRowsMax);
    JsonReader reader(columns.schema, columns.plans, {.speculate = speculate}, {0}, {}, arena);
    std::vector<std::uint32_t> kept;
    std::vector<data::Reject> rejects;
    data::VectorWriter vector = memory.vector();
    reader.read(std::span(&payload, 1), 0, 1, std::span(&vector, 1), kept, rejects);
    EXPECT_EQ(vector.as<data::StringSlot>()[0].pointer, record.data() + 6);
    EXPECT_EQ(arena.bytes(), 0U);
  }
}

TEST(Json, MoreColumnsAndKeysThanAreRemembered) {
  std::string schema = "c0 INTEGER";
  std::string record = "{\"c0\":0";
  for (int i = 1; i < 700; ++i) {
    schema += ", c" + std::to_string(i) + " INTEGER";
    record += ", \"c" + std::to_string(i) + "\":" + std::to_string(i) + ",\"other" +
              std::to_string(i) + "\":[]";
  }
  const std::vector<std::string> batch(5, record + "}");
  const Decoded decoded = decode_json(schema, batch);
  ASSERT_EQ(decoded.rows.size(), 5U);
  EXPECT_EQ(decoded.rows[4].substr(decoded.rows[4].size() - 9), "698 | 699");
}

}  // namespace
}  // namespace sluice::formats
