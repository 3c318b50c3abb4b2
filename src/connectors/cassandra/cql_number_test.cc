#include "connectors/cassandra/cql_number.h"

#include <limits>

#include <gtest/gtest.h>

namespace sluice::connectors::cassandra {
namespace {

constexpr Int128 kLargest = static_cast<Int128>(~Uint128{0} >> 1U);

std::string varint(Int128 value) {
  std::string bytes;
  append_varint(bytes, value);
  return bytes;
}

TEST(CqlNumber, VarintsTakeAsFewBytesAsTheyNeed) {
  EXPECT_EQ(varint(0), std::string(1, '\0'));
  EXPECT_EQ(varint(127), "\x7f");
  EXPECT_EQ(varint(128), std::string("\0\x80", 2));
  EXPECT_EQ(varint(-1), "\xff");
  EXPECT_EQ(varint(-128), "\x80");
  EXPECT_EQ(varint(-129), "\xff\x7f");
  EXPECT_EQ(varint(kLargest).size(), 16U);
}

TEST(CqlNumber, VarintsComeBack) {
  for (const Int128 value : {Int128{0}, Int128{1}, Int128{-1}, Int128{255}, Int128{-256},
                             Int128{1} << 100U, -(Int128{1} << 100U), kLargest, -kLargest - 1}) {
    EXPECT_EQ(parse_varint(varint(value)), value);
  }
}

TEST(CqlNumber, AVarintOfMoreThan128BitsIsNone) {
  EXPECT_FALSE(parse_varint(std::string("\x01") + std::string(16, '\0')));
  EXPECT_FALSE(parse_varint(std::string("\xfe") + std::string(16, '\0')));
  EXPECT_FALSE(parse_varint(std::string(1, '\0') + "\x80" + std::string(15, '\0')));
  // Its sign alone is in the bytes before.
  EXPECT_EQ(parse_varint(std::string(5, '\xff') + std::string(16, '\xff')), Int128{-1});
  EXPECT_EQ(parse_varint(std::string(20, '\0')), Int128{0});
}

TEST(CqlNumber, AnyVarintIsText) {
  EXPECT_EQ(varint_text(varint(-1250), 2), "-12.50");
  EXPECT_EQ(varint_text(varint(5), 3), "0.005");
  EXPECT_EQ(varint_text(varint(0), 2), "0.00");
  EXPECT_EQ(varint_text(varint(125), -7), "125E+7");
  EXPECT_EQ(varint_text(varint(0), -7), "0");
  EXPECT_EQ(varint_text(varint(-kLargest - 1), 0), "-170141183460469231731687303715884105728");
  EXPECT_EQ(varint_text(std::string("\x01") + std::string(16, '\0'), 0),
            "340282366920938463463374607431768211456");
  EXPECT_EQ(varint_text(std::string("\xff") + std::string(16, '\0'), 0),
            "-340282366920938463463374607431768211456");
}

TEST(CqlNumber, RescalingIsExactOrNothing) {
  EXPECT_EQ(rescaled(125, 2, 4, 18), Int128{12500});
  EXPECT_EQ(rescaled(12500, 4, 2, 18), Int128{125});
  EXPECT_FALSE(rescaled(12501, 4, 2, 18));
  EXPECT_EQ(rescaled(-99, 0, 0, 2), Int128{-99});
  EXPECT_FALSE(rescaled(100, 0, 0, 2));
  EXPECT_FALSE(rescaled(1, -39, 0, 38));
  EXPECT_FALSE(rescaled(1, std::numeric_limits<std::int32_t>::max(), 0, 38));
  EXPECT_EQ(rescaled(0, std::numeric_limits<std::int32_t>::min(), 0, 1), Int128{0});
}

TEST(CqlNumber, VintsComeBack) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64},
        std::int64_t{-65}, std::int64_t{1} << 20, std::int64_t{1} << 48, std::int64_t{-1} << 55,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::string bytes;
    append_vint(bytes, value);
    std::string_view rest = bytes;
    EXPECT_EQ(take_vint(rest), value);
    EXPECT_TRUE(rest.empty());
    rest = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(take_vint(rest)) << value;
  }
}

/// As Cassandra's VIntCoding writes them.
TEST(CqlNumber, VintsAreCassandras) {
  std::string bytes;
  append_unsigned_vint(bytes, 256000);
  EXPECT_EQ(bytes, "\xc3\xe8" + std::string(1, '\0'));
}

}  // namespace
}  // namespace sluice::connectors::cassandra
