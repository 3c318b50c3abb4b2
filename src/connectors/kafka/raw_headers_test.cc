#include "connectors/kafka/raw_headers.h"

#include <string>

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

std::vector<RawHeader> parse(std::string_view bytes) {
  std::vector<RawHeader> headers;
  parse_raw_headers(bytes, headers);
  return headers;
}

TEST(RawHeaders, NameAndValue) {
  const auto headers = parse(
      "\x02\x02"
      "a\x04"
      "xy");
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].name, "a");
  EXPECT_EQ(headers[0].value, "xy");
}

TEST(RawHeaders, AbsentValueIsNull) {
  const auto headers = parse(
      "\x02\x02"
      "a\x01");
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].value, std::nullopt);
}

TEST(RawHeaders, LengthOfTwoBytes) {
  const std::string value(100, 'v');
  const std::string bytes =
      "\x02\x02"
      "a\xC8\x01" +
      value;
  const auto headers = parse(bytes);
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0].value, value);
}

TEST(RawHeaders, TruncatedEndsTheList) {
  EXPECT_EQ(parse("\x04\x02"
                  "a\x02"
                  "x\x08"
                  "b")
                .size(),
            1U);
  EXPECT_TRUE(parse("").empty());
  EXPECT_TRUE(parse("\x80").empty());
}

}  // namespace
}  // namespace sluice::connectors::kafka
