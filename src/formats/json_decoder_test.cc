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
            "255 | 65535 | 4294967295 | 18446744073709551615 | 1500 | 0.500000");
  EXPECT_EQ(decode_one("a DATE, b TIME, c TIMESTAMP, d TIMESTAMPTZ, e BLOB, f JSON",
                       R"({"a":"1970-01-02","b":"00:00:01","c":"1970-01-01 00:00:01.5",)"
                       R"("d":"1970-01-01T02:00:00+02:00","e":"YWJj","f":{"x": [1, "y"]}})"),
            "1 | 1000000 | 1500000 | 0 | 'abc' | '{\"x\": [1, \"y\"]}'");
}

TEST(Json, NestedTypes) {
  EXPECT_EQ(decode_one("s STRUCT(x INTEGER, y VARCHAR[]), m MAP(VARCHAR, INTEGER)",
                       R"({"s":{"y":["a",null],"z":1,"x":7},"m":{"k":1,"l":null}})"),
            "{x: 7, y: ['a', NULL]} | {'k': 1, 'l': NULL}");
}

}  // namespace
}  // namespace sluice::formats
