// Records that hurt: each is decoded between two good ones, by both roads, and must leave them
// alone.

#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

struct Poison {
  const char* name;
  std::string record;
  const char* strict;  ///< the row "id | price | text", or a part of the reject
  const char* spark;   ///< the row; there are no rejects
};

constexpr const char* kPoisoned = "id INTEGER, price DECIMAL(10,2), text VARCHAR";
constexpr const char* kThreeNulls = "NULL | NULL | NULL";

std::string repeated(char c, std::size_t count) {
  std::string text;
  text.resize(count, c);
  return text;
}

std::string nested(std::size_t levels) {
  return R"({"id":1,"x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

std::vector<Poison> of_bytes() {
  using namespace std::string_literals;
  return {
      {"empty", "", "record is empty", kThreeNulls},
      {"blank", "  \n ", "record is empty", kThreeNulls},
      {"no JSON", "not json", "not a JSON object", kThreeNulls},
      {"null", "null", "not a JSON object", kThreeNulls},
      {"a number", "17", "not a JSON object", kThreeNulls},
      {"a text", "\"id\"", "not a JSON object", kThreeNulls},
      {"a list", "[]", "not a JSON object", kThreeNulls},
      {"a list of objects", R"([{"id":1},{"id":2}])", "not a JSON object", kThreeNulls},
      {"an empty object", "{}", kThreeNulls, kThreeNulls},
      {"open brace", "{", "not valid JSON", kThreeNulls},
      {"close brace", "}", "not", kThreeNulls},
      {"truncated key", R"({"id)", "unclosed string", kThreeNulls},
      {"truncated after key", R"({"id")", "not valid JSON", kThreeNulls},
      {"truncated after colon", R"({"id":)", "not valid JSON", kThreeNulls},
      {"truncated value", R"({"id":1)", "not valid JSON", kThreeNulls},
      {"truncated text", R"({"text":"ab)", "unclosed string", kThreeNulls},
      {"truncated escape", R"({"text":"ab\)", "unclosed string", kThreeNulls},
      {"trailing comma", R"({"id":1,})", "not valid JSON", kThreeNulls},
      {"trailing comma and blank", R"({"id":1, })", "not valid JSON", kThreeNulls},
      {"leading comma", R"({,"id":1})", "not valid JSON", kThreeNulls},
      {"two commas", R"({"id":1,,"price":2})", "not valid JSON", kThreeNulls},
      {"no comma", R"({"id":1 "price":2})", "not valid JSON", kThreeNulls},
      {"no colon", R"({"id" 1})", "not valid JSON", kThreeNulls},
      {"two colons", R"({"id"::1})", "not valid JSON", kThreeNulls},
      {"no key", R"({:1})", "not valid JSON", kThreeNulls},
      {"bare key", R"({id:1})", "not valid JSON", kThreeNulls},
      {"number as key", R"({1:1})", "not valid JSON", kThreeNulls},
      {"wrong bracket", R"({"x":[1}])", "not valid JSON", kThreeNulls},
      {"garbage after", R"({"id":1} trailing)", "text after the object", "1 | NULL | NULL"},
      {"two records", R"({"id":1}{"id":2})", "text after the object", "1 | NULL | NULL"},
      {"brace after", R"({"id":1}})", "text after the object", "1 | NULL | NULL"},
      {"NUL after", R"({"id":1})"s + '\0', "text after the object", "1 | NULL | NULL"},
      {"only NUL", std::string(1, '\0'), "not", kThreeNulls},
      {"NUL in a text", "{\"text\":\"a\0b\"}"s, "raw control character", kThreeNulls},
      {"NUL between", "{\"id\":\0 1}"s, "not valid JSON", kThreeNulls},
      {"tab in a text", "{\"text\":\"a\tb\"}", "raw control character", kThreeNulls},
      {"line end in a text", "{\"text\":\"a\nb\"}", "raw control character", kThreeNulls},
      {"byte order mark", "\xef\xbb\xbf{\"id\":1}", "byte order mark", kThreeNulls},
      {"UTF-16", "{\0\"\0i\0d\0\"\0:\0001\0}\0"s, "not", kThreeNulls},
      {"lone continuation byte", "{\"text\":\"a\x80\"}", "not valid UTF-8",
       "NULL | NULL | 'a\ufffd'"},
      {"broken sequence", "{\"text\":\"\xe2\x82\"}", "not valid UTF-8", "NULL | NULL | '\ufffd'"},
      {"overlong slash", "{\"text\":\"\xc0\xaf\"}", "not valid UTF-8",
       "NULL | NULL | '\ufffd\ufffd'"},
      {"surrogate in UTF-8", "{\"text\":\"\xed\xa0\x80\"}", "not valid UTF-8",
       "NULL | NULL | '\ufffd\ufffd\ufffd'"},
      {"beyond Unicode", "{\"text\":\"\xf5\x80\x80\x80\"}", "not valid UTF-8",
       "NULL | NULL | '\ufffd\ufffd\ufffd\ufffd'"},
      {"latin 1 in a skipped field", "{\"id\":1,\"x\":\"caf\xe9\"}", "not valid UTF-8",
       "1 | NULL | NULL"},
      {"latin 1 in a key", "{\"id\":1,\"caf\xe9\":2}", "not valid UTF-8", "1 | NULL | NULL"},
      {"lone high surrogate", R"({"text":"a\ud800b"})", "lone surrogate", "NULL | NULL | 'a?b'"},
      {"lone low surrogate", R"({"text":"\udc00"})", "lone surrogate", "NULL | NULL | '?'"},
      {"two high surrogates", R"({"text":"\ud800\ud800"})", "lone surrogate",
       "NULL | NULL | '?"
       "?'"},
      {"lone surrogate skipped", R"({"id":1,"x":"\ud800"})", "lone surrogate", "1 | NULL | NULL"},
  };
}

std::vector<Poison> of_a_token() {
  return {
      {"unknown escape", R"({"text":"\x41"})", "bad escape", kThreeNulls},
      {"short \\u", R"({"text":"\u12"})", "bad escape", kThreeNulls},
      {"escape in a skipped field", R"({"id":1,"x":"\q"})", "bad escape", kThreeNulls},
      {"single quotes", R"({'id':1})", "not valid JSON", "1 | NULL | NULL"},
      {"single quotes around double", R"({'text':'a"b'})", "not valid JSON",
       "NULL | NULL | 'a\"b'"},
      {"comment", R"({"id":1 /* one */})", "not valid JSON", kThreeNulls},
      {"tru", R"({"x":tru})", "neither text, number", kThreeNulls},
      {"True", R"({"x":True})", "neither text, number", kThreeNulls},
      {"undefined", R"({"id":undefined})", "neither text, number", kThreeNulls},
      {"nulls", R"({"id":nulls})", "neither text, number", kThreeNulls},
      {"leading zero", R"({"id":01})", "malformed number", kThreeNulls},
      {"plus", R"({"id":+1})", "neither text, number", kThreeNulls},
      {"no digit before point", R"({"price":.5})", "neither text, number", kThreeNulls},
      {"no digit after point", R"({"price":5.})", "malformed number", kThreeNulls},
      {"no exponent", R"({"price":5e})", "malformed number", kThreeNulls},
      {"two points in a skipped number", R"({"id":1,"x":1.2.3})", "malformed number", kThreeNulls},
      {"hexadecimal", R"({"id":0x10})", "malformed number", kThreeNulls},
      {"minus alone", R"({"id":-})", "malformed number", kThreeNulls},
      {"NaN", R"({"price":NaN})", "neither text, number", kThreeNulls},
      {"-Infinity", R"({"id":1,"price":-Infinity})", "malformed number", "1 | NULL | NULL"},
      {"nested deeply", nested(255), "1 | NULL | NULL", "1 | NULL | NULL"},
      {"nested too deeply", nested(256), "nested too deeply", kThreeNulls},
      {"nested a million times", nested(1'000'000), "nested too deeply", kThreeNulls},
      {"a million open brackets", R"({"id":1,"x":)" + repeated('[', 1'000'000), "not valid JSON",
       kThreeNulls},
      {"10 MB text skipped", R"({"id":1,"x":")" + repeated('x', 10'000'000) + "\"}",
       "1 | NULL | NULL", "1 | NULL | NULL"},
      {"10 MB unclosed", R"({"id":1,"x":")" + repeated('x', 10'000'000), "unclosed string",
       kThreeNulls},
  };
}

std::vector<Poison> of_a_field() {
  return {
      {"text for integer", R"({"id":"1","text":"x"})", "id: field is a string, not INTEGER",
       "NULL | NULL | 'x'"},
      {"empty text for integer", R"({"id":""})", "id: field is a string", kThreeNulls},
      {"fraction for integer", R"({"id":1.5})", "id: number has a fraction", kThreeNulls},
      {"1.0 for integer", R"({"id":1.0})", "id: number has a fraction", kThreeNulls},
      {"exponent for integer", R"({"id":1e2})", "id: number has a fraction or an exponent",
       kThreeNulls},
      {"integer too large", R"({"id":2147483648})", "id: number does not fit INTEGER", kThreeNulls},
      {"integer far too large", R"({"id":99999999999999999999999999999999999999999999})",
       "id: number does not fit INTEGER", kThreeNulls},
      {"boolean for integer", R"({"id":true})", "id: field is a boolean", kThreeNulls},
      {"object for integer", R"({"id":{"a":1},"text":"x"})", "id: field is an object",
       "NULL | NULL | 'x'"},
      {"list for integer", R"({"id":[1],"text":"x"})", "id: field is a list", "NULL | NULL | 'x'"},
      {"null", R"({"id":null})", kThreeNulls, kThreeNulls},
      {"other case of a name", R"({"ID":1})", kThreeNulls, kThreeNulls},
      {"equal keys", R"({"id":1,"id":2})", "id: field is in the record twice", "2 | NULL | NULL"},
      {"equal keys, the last bad", R"({"id":1,"id":"x"})", "id: field is in the record twice",
       "1 | NULL | NULL"},
      {"equal keys, the last null", R"({"id":1,"id":null})", "id: field is in the record twice",
       kThreeNulls},
      {"equal keys, one escaped", R"({"id":1,"\u0069d":2})", "id: field is in the record twice",
       "2 | NULL | NULL"},
      {"escaped key", R"({"\u0069d":2})", "2 | NULL | NULL", "2 | NULL | NULL"},
      {"decimal too large", R"({"id":1,"price":123456789.99})",
       "price: number does not fit DECIMAL(10,2)", "1 | NULL | NULL"},
      {"decimal with exponent", R"({"price":1e2})", "NULL | 100.00 | NULL", "NULL | 100.00 | NULL"},
      {"decimal rounded", R"({"price":1.255})", "NULL | 1.26 | NULL", "NULL | 1.26 | NULL"},
      {"decimal rounded out", R"({"price":99999999.995})", "price: number does not fit",
       kThreeNulls},
      {"decimal with a billion zeros", R"({"price":1e1000000000})", "price: number does not fit",
       kThreeNulls},
      {"decimal of almost nothing", R"({"price":1e-1000000000})", "NULL | 0.00 | NULL",
       "NULL | 0.00 | NULL"},
      {"decimal text", R"({"price":"2.5"})", "NULL | 2.50 | NULL", "NULL | 2.50 | NULL"},
      {"decimal text with commas", R"({"price":"1,234.5"})", "price: text is not a number",
       "NULL | 1234.50 | NULL"},
      {"decimal text with blanks", R"({"price":" 2.5 "})", "price: text is not a number",
       kThreeNulls},
      {"decimal text of nothing", R"({"price":""})", "price: text is not a number", kThreeNulls},
      {"NaN as text", R"({"price":"NaN"})", "price: text is not a number", kThreeNulls},
      {"boolean for decimal", R"({"price":false})", "price: field is a boolean", kThreeNulls},
      {"number for text", R"({"text":1.50})", "NULL | NULL | '1.50'", "NULL | NULL | '1.5'"},
      {"boolean for text", R"({"text":true})", "NULL | NULL | 'true'", "NULL | NULL | 'true'"},
      {"object for text", R"({"text":{"x": [1, 2e3]}})", R"(NULL | NULL | '{"x": [1, 2e3]}')",
       R"(NULL | NULL | '{"x":[1,2000.0]}')"},
      {"escapes", R"({"text":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})",
       "NULL | NULL | '\"\\/\b\f\n\r\té😀'", "NULL | NULL | '\"\\/\b\f\n\r\té😀'"},
      {"escaped NUL", R"({"text":"a\u0000b"})", nullptr, nullptr},
  };
}

std::vector<Poison> of_the_record() {
  std::vector<Poison> all = of_bytes();
  const std::vector<Poison> more = of_a_token();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void expect_all(const std::vector<Poison>& poisons, bool speculate) {
  const std::string good = R"({"id":7,"price":1.50,"text":"a good one, long enough"})";
  const std::string good_row = "7 | 1.50 | 'a good one, long enough'";
  for (const Poison& poison : poisons) {
    if (poison.strict == nullptr) continue;
    const std::vector<std::string> batch = {good, poison.record, good};
    const Decoded strict = decode_json(kPoisoned, batch, {.speculate = speculate});
    ASSERT_EQ(strict.rows.front(), good_row) << poison.name;
    ASSERT_EQ(strict.rows.back(), good_row) << poison.name;
    const std::string outcome =
        strict.rejects.empty() ? strict.rows[1] : strict.rejects[0].substr(1);
    EXPECT_NE(outcome.find(poison.strict), std::string::npos) << poison.name << ": " << outcome;
    const Decoded spark =
        decode_json(kPoisoned, batch, {Rules::kSpark, BadField::kSpark, speculate});
    ASSERT_TRUE(spark.rejects.empty()) << poison.name;
    EXPECT_EQ(spark.rows[1], poison.spark) << poison.name;
    EXPECT_EQ(spark.rows[2], good_row) << poison.name;
  }
}

TEST(JsonPoison, RecordsByTheFastRoad) { expect_all(of_the_record(), true); }
TEST(JsonPoison, RecordsByTheCarefulRoad) { expect_all(of_the_record(), false); }
TEST(JsonPoison, FieldsByTheFastRoad) { expect_all(of_a_field(), true); }
TEST(JsonPoison, FieldsByTheCarefulRoad) { expect_all(of_a_field(), false); }

TEST(JsonPoison, AnEscapedNulIsText) {
  EXPECT_EQ(decode_one(kPoisoned, R"({"text":"a\u0000b"})"),
            "NULL | NULL | 'a" + std::string(1, '\0') + "b'");
}

TEST(JsonPoison, ThousandsOfThemInARow) {
  const std::vector<Poison> poisons = of_a_field();
  std::vector<std::string> batch;
  for (std::size_t i = 0; i < 20'000; ++i) batch.push_back(poisons[i % poisons.size()].record);
  const Decoded decoded = decode_json(kPoisoned, batch);
  EXPECT_EQ(decoded.rows.size() + decoded.rejects.size(), batch.size());
  EXPECT_EQ(decode_json(kPoisoned, batch, {.speculate = false}), decoded);
}

}  // namespace
}  // namespace sluice::formats
