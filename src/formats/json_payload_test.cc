#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

Decoded decode_inside(std::string_view pointer, std::vector<std::string> messages) {
  DecodedColumns columns = columns_from("a INTEGER, s VARCHAR");
  const std::vector<ValuePlan> plans = columns.plans;
  JsonDecoder decoder(std::move(columns), {});
  decoder.look_inside(JsonPointer::parse(pointer), std::nullopt);
  return decode_all(decoder, plans, messages);
}

TEST(JsonPayload, IsDecodedWithinItsEnvelope) {
  const Decoded decoded = decode_inside(
      "/p/after", {R"({"op":"u","p":{"before":{"a":1},"after":{"a":2,"s":"x"}}})",
                   R"({"p":{"after":{"a":3,"s":"y"}}})", R"({"p":{"after":{"s":"\n"}},"a":9})"});
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"2 | 'x'", "3 | 'y'", "NULL | '\n'"}));
  EXPECT_TRUE(decoded.rejects.empty());
}

TEST(JsonPayload, MayBeATextThatHoldsJson) {
  const Decoded decoded =
      decode_inside("/p", {R"({"p":"{\"a\":1,\"s\":\"\\\"q\\\"\"}"})", R"({"p":"{}"})",
                           R"({"p":"{\"a\":"})", R"({"p":""})"});
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"1 | '\"q\"'", "NULL | NULL"}));
  EXPECT_EQ(decoded.rejects.size(), 2U);
}

TEST(JsonPayload, WhatIsMissingOrWrongIsNamed) {
  const Decoded decoded = decode_inside(
      "/p", {R"({"q":{"a":1}})", R"({"p":null})", R"({"p":[1]})", R"({"p":{"a":"x"}})",
             R"({"p":{"a":1},"p":{}})", R"({"p":{"a":1}} x)", R"({"p":{"a":5}})", "\xff"});
  EXPECT_EQ(decoded.rows, (std::vector<std::string>{"5 | NULL"}));
  EXPECT_EQ(
      decoded.rejects,
      (std::vector<std::string>{
          "0: record has nothing at /p", "1: what record has at /p is not a JSON object",
          "2: what record has at /p is not a JSON object", "3 a: field is a string, not INTEGER",
          "4: a field that 'payload' or 'each' goes through is in the message twice",
          "5: record is not valid JSON", "7: record is not valid JSON"}));
}

}  // namespace
}  // namespace sluice::formats
