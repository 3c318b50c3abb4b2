#include "formats/number_text.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "formats/json_number.h"

namespace sluice::formats {
namespace {

std::string digits(Int128 value) {
  std::string text;
  const bool negative = value < 0;
  Uint128 left = negative ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
  for (; left > 0 || text.empty(); left /= 10) {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
  }
  return negative ? "-" + text : text;
}

// The unscaled digits, or the reason's number after a '!'.
std::string decimal(std::string_view text, int width, int scale) {
  Int128 value = 0;
  const Reason reason = parse_decimal(text, width, scale, value);
  if (reason == Reason::kBadNumberText) return "bad";
  return reason == Reason::kOutOfRange ? "range" : digits(value);
}

TEST(Decimal, IsExact) {
  EXPECT_EQ(decimal("31921.480000000001", 22, 12), "31921480000000001");
  EXPECT_EQ(decimal("-0.000000000001", 22, 12), "-1");
  EXPECT_EQ(decimal("99999999999999999999999999999999999999", 38, 0),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(decimal("0.1", 18, 17), "10000000000000000");
}

TEST(Decimal, RoundsHalfAwayFromZero) {
  EXPECT_EQ(decimal("1.255", 10, 2), "126");
  EXPECT_EQ(decimal("-1.255", 10, 2), "-126");
  EXPECT_EQ(decimal("1.2549999999999999999999999999999999999999999999", 10, 2), "125");
  EXPECT_EQ(decimal("0.005", 10, 2), "1");
  EXPECT_EQ(decimal("0.0049", 10, 2), "0");
  EXPECT_EQ(decimal("0.5", 10, 0), "1");
  EXPECT_EQ(decimal("0.05", 10, 0), "0");
}

TEST(Decimal, TakesExponents) {
  EXPECT_EQ(decimal("1e2", 10, 2), "10000");
  EXPECT_EQ(decimal("1.5E-1", 10, 2), "15");
  EXPECT_EQ(decimal("123456e-6", 10, 6), "123456");
  EXPECT_EQ(decimal("0e999999999999999999999", 10, 2), "0");
  EXPECT_EQ(decimal("1e-999999999999999999999", 10, 2), "0");
  EXPECT_EQ(decimal("1e999999999999999999999", 10, 2), "range");
}

TEST(Decimal, RefusesWhatDoesNotFit) {
  EXPECT_EQ(decimal("99999999.99", 10, 2), "9999999999");
  EXPECT_EQ(decimal("99999999.994", 10, 2), "9999999999");
  EXPECT_EQ(decimal("99999999.995", 10, 2), "range");
  EXPECT_EQ(decimal("100000000", 10, 2), "range");
  EXPECT_EQ(decimal("0000000000000000000000000000000000000000000000001", 10, 2), "100");
  std::string nines;
  nines.resize(10'000'000, '9');
  EXPECT_EQ(decimal(nines, 38, 0), "range");
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "+", ".", "e1", "1e", "1e+", "1.2.3", "1 ", " 1", "1,2", "NaN",
                           "0x1", "--1", "1e1.5"}) {
    EXPECT_EQ(decimal(text, 10, 2), "bad") << text;
  }
  EXPECT_EQ(decimal("+.5", 10, 2), "50");
  EXPECT_EQ(decimal("5.", 10, 2), "500");
}

TEST(Integer, KnowsItsLimits) {
  Int128 value = 0;
  EXPECT_EQ(parse_integer("170141183460469231731687303715884105727", value), Reason::kNone);
  EXPECT_EQ(digits(value), "170141183460469231731687303715884105727");
  EXPECT_EQ(parse_integer("170141183460469231731687303715884105728", value), Reason::kOutOfRange);
  EXPECT_EQ(parse_integer("999999999999999999999999999999999999999", value), Reason::kOutOfRange);
  EXPECT_EQ(parse_integer(std::string(1000, '9'), value), Reason::kOutOfRange);
  EXPECT_EQ(parse_integer("", value), Reason::kBadNumberText);
  EXPECT_EQ(parse_integer("1a", value), Reason::kBadNumberText);
}

TEST(Float, BeyondItsLimits) {
  double value = 1;
  EXPECT_EQ(parse_float("1e400", Overflow::kReject, value), Reason::kOutOfRange);
  EXPECT_EQ(parse_float("-1e400", Overflow::kInfinity, value), Reason::kNone);
  EXPECT_EQ(value, -INFINITY);
  EXPECT_EQ(parse_float("1e-400", Overflow::kReject, value), Reason::kNone);
  EXPECT_EQ(value, 0);
  EXPECT_EQ(parse_float("0." + std::string(400, '0') + "1", Overflow::kReject, value),
            Reason::kNone);
  EXPECT_EQ(parse_float("4.9e-324", Overflow::kReject, value), Reason::kNone);
  EXPECT_GT(value, 0);
  float single = 0;
  EXPECT_EQ(parse_float("1e39", Overflow::kReject, single), Reason::kOutOfRange);
}

TEST(ReadInPlace, AgreesWithTheCarefulWayOnDecimals) {
  SeededRandom random(3);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = random.next() % 4 == 0 ? "-" : "";
    text += std::to_string(random.next() >> (random.next() % 64));
    if (random.next() % 4 != 0) text += "." + std::to_string(random.next() >> (random.next() % 64));
    const char* const end = text.data() + text.size();
    Int128 careful = 0;
    Int128 quick = 0;
    std::int64_t narrow = 0;
    if (read_decimal(text.data(), end, 38, 12, quick) == end) {
      ASSERT_EQ(parse_decimal(text, 38, 12, careful), Reason::kNone) << text;
      ASSERT_EQ(digits(quick), digits(careful)) << text;
    }
    if (read_decimal(text.data(), end, 18, 6, narrow) == end) {
      ASSERT_EQ(parse_decimal(text, 18, 6, careful), Reason::kNone) << text;
      ASSERT_EQ(narrow, careful) << text;
    }
    double real = 0;
    double expected = 0;
    if (read_double(text.data(), end, real) == end) {
      ASSERT_EQ(parse_float(text, Overflow::kReject, expected), Reason::kNone) << text;
      ASSERT_EQ(real, expected) << text;
    }
  }
}

TEST(ReadInPlace, TakesPlainNumbersOfEveryLength) {
  for (int length = 1; length <= 18; ++length) {
    const std::string text =
        std::string("123456789123456789").substr(0, static_cast<std::size_t>(length));
    std::int64_t value = 0;
    EXPECT_EQ(read_integer(text.data(), text.data() + text.size(), value), text.data() + length);
    EXPECT_EQ(std::to_string(value), text);
  }
  const std::string long_one(19, '1');
  std::int64_t value = 0;
  EXPECT_EQ(read_integer(long_one.data(), long_one.data() + 19, value), nullptr);
}

}  // namespace
}  // namespace sluice::formats
