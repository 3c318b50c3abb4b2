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

constexpr const char* kSchema = "id INTEGER, price DECIMAL(10,2), text VARCHAR";
constexpr const char* kNulls = "NULL | NULL | NULL";

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
      {"empty", "", "record is empty", kNulls},
      {"blank", "  \n ", "record is empty", kNulls},
      {"no JSON", "not json", "not a JSON object", kNulls},
      {"null", "null", "not a JSON object", kNulls},
      {"a number", "17", "not a JSON object", kNulls},
      {"a text", "\"id\"", "not a JSON object", kNulls},
      {"a list", "[]", "not a JSON object", kNulls},
      {"a list of objects", R"([{"id":1},{"id":2}])", "not a JSON object", kNulls},
      {"an empty object", "{}", kNulls, kNulls},
      {"open brace", "{", "not valid JSON", kNulls},
      {"close brace", "}", "not", kNulls},
      {"truncated key", R"({"id)", "unclosed string", kNulls},
      {"truncated after key", R"({"id")", "not valid JSON", kNulls},
      {"truncated after colon", R"({"id":)", "not valid JSON", kNulls},
      {"truncated value", R"({"id":1)", "not valid JSON", kNulls},
      {"truncated text", R"({"text":"ab)", "unclosed string", kNulls},
      {"truncated escape", R"({"text":"ab\)", "unclosed string", kNulls},
      {"trailing comma", R"({"id":1,})", "not valid JSON", kNulls},
      {"trailing comma and blank", R"({"id":1, })", "not valid JSON", kNulls},
      {"leading comma", R"({,"id":1})", "not valid JSON", kNulls},
      {"two commas", R"({"id":1,,"price":2})", "not valid JSON", kNulls},
      {"no comma", R"({"id":1 "price":2})", "not valid JSON", kNulls},
      {"no colon", R"({"id" 1})", "not valid JSON", kNulls},
      {"two colons", R"({"id"::1})", "not valid JSON", kNulls},
      {"no key", R"({:1})", "not valid JSON", kNulls},
      {"bare key", R"({id:1})", "not valid JSON", kNulls},
      {"number as key", R"({1:1})", "not valid JSON", kNulls},
      {"wrong bracket", R"({"x":[1}])", "not valid JSON", kNulls},
      {"garbage after", R"({"id":1} trailing)", "text after the object", "1 | NULL | NULL"},
      {"two records", R"({"id":1}{"id":2})", "text after the object", "1 | NULL | NULL"},
      {"brace after", R"({"id":1}})", "text after the object", "1 | NULL | NULL"},
      {"NUL after", R"({"id":1})"s + '\0', "text after the object", "1 | NULL | NULL"},
      {"only NUL", std::string(1, '\0'), "not", kNulls},
      {"NUL in a text", "{\"text\":\"a\0b\"}"s, "raw control character", kNulls},
      {"NUL between", "{\"id\":\0 1}"s, "not valid JSON", kNulls},
      {"tab in a text", "{\"text\":\"a\tb\"}", "raw control character", kNulls},
      {"line end in a text", "{\"text\":\"a\nb\"}", "raw control character", kNulls},
      {"byte order mark", "\xef\xbb\xbf{\"id\":1}", "byte order mark", kNulls},
      {"UTF-16", "{\0\"\0i\0d\0\"\0:\0001\0}\0"s, "not", kNulls},
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
      {"unknown escape", R"({"text":"\x41"})", "bad escape", kNulls},
      {"short \\u", R"({"text":"\u12"})", "bad escape", kNulls},
      {"escape in a skipped field", R"({"id":1,"x":"\q"})", "bad escape", kNulls},
      {"single quotes", R"({'id':1})", "not valid JSON", "1 | NULL | NULL"},
      {"single quotes around double", R"({'text':'a"b'})", "not valid JSON",
       "NULL | NULL | 'a\"b'"},
      {"comment", R"({"id":1 /* one */})", "not valid JSON", kNulls},
      {"tru", R"({"x":tru})", "neither text, number", kNulls},
      {"True", R"({"x":True})", "neither text, number", kNulls},
      {"undefined", R"({"id":undefined})", "neither text, number", kNulls},
      {"nulls", R"({"id":nulls})", "neither text, number", kNulls},
      {"leading zero", R"({"id":01})", "malformed number", kNulls},
      {"plus", R"({"id":+1})", "neither text, number", kNulls},
      {"no digit before point", R"({"price":.5})", "neither text, number", kNulls},
      {"no digit after point", R"({"price":5.})", "malformed number", kNulls},
      {"no exponent", R"({"price":5e})", "malformed number", kNulls},
      {"two points in a skipped number", R"({"id":1,"x":1.2.3})", "malformed number", kNulls},
      {"hexadecimal", R"({"id":0x10})", "malformed number", kNulls},
      {"minus alone", R"({"id":-})", "malformed number", kNulls},
      {"NaN", R"({"price":NaN})", "neither text, number", kNulls},
      {"-Infinity", R"({"id":1,"price":-Infinity})", "malformed number", "1 | NULL | NULL"},
      {"nested deeply", nested(255), "1 | NULL | NULL", "1 | NULL | NULL"},
      {"nested too deeply", nested(256), "nested too deeply", kNulls},
      {"nested a million times", nested(1'000'000), "nested too deeply", kNulls},
      {"a million open brackets", R"({"id":1,"x":)" + repeated('[', 1'000'000), "not valid JSON",
       kNulls},
      {"10 MB text skipped", R"({"id":1,"x":")" + repeated('x', 10'000'000) + "\"}",
       "1 | NULL | NULL", "1 | NULL | NULL"},
      {"10 MB unclosed", R"({"id":1,"x":")" + repeated('x', 10'000'000), "unclosed string", kNulls},
  };
}

std::vector<Poison> of_a_field() {
  return {
      {"text for integer", R"({"id":"1","text":"x"})", "id: field is a string, not INTEGER",
       "NULL | NULL | 'x'"},
      {"empty text for integer", R"({"id":""})", "id: field is a string", kNulls},
      {"fraction for integer", R"({"id":1.5})", "id: number has a fraction", kNulls},
      {"1.0 for integer", R"({"id":1.0})", "id: number has a fraction", kNulls},
      {"exponent for integer", R"({"id":1e2})", "id: number has a fraction or an exponent", kNulls},
      {"integer too large", R"({"id":2147483648})", "id: number does not fit INTEGER", kNulls},
      {"integer far too large", R"({"id":99999999999999999999999999999999999999999999})",
       "id: number does not fit INTEGER", kNulls},
      {"boolean for integer", R"({"id":true})", "id: field is a boolean", kNulls},
      {"object for integer", R"({"id":{"a":1},"text":"x"})", "id: field is an object",
       "NULL | NULL | 'x'"},
      {"list for integer", R"({"id":[1],"text":"x"})", "id: field is a list", "NULL | NULL | 'x'"},
      {"null", R"({"id":null})", kNulls, kNulls},
      {"other case of a name", R"({"ID":1})", kNulls, kNulls},
      {"equal keys", R"({"id":1,"id":2})", "id: field is in the record twice", "2 | NULL | NULL"},
      {"equal keys, the last bad", R"({"id":1,"id":"x"})", "id: field is in the record twice",
       "1 | NULL | NULL"},
      {"equal keys, the last null", R"({"id":1,"id":null})", "id: field is in the record twice",
       kNulls},
      {"equal keys, one escaped", R"({"id":1,"\u0069d":2})", "id: field is in the record twice",
       "2 | NULL | NULL"},
      {"escaped key", R"({"\u0069d":2})", "2 | NULL | NULL", "2 | NULL | NULL"},
      {"decimal too large", R"({"id":1,"price":123456789.99})",
       "price: number does not fit DECIMAL(10,2)", "1 | NULL | NULL"},
      {"decimal with exponent", R"({"price":1e2})", "NULL | 100.00 | NULL", "NULL | 100.00 | NULL"},
      {"decimal rounded", R"({"price":1.255})", "NULL | 1.26 | NULL", "NULL | 1.26 | NULL"},
      {"decimal rounded out", R"({"price":99999999.995})", "price: number does not fit", kNulls},
      {"decimal with a billion zeros", R"({"price":1e1000000000})", "price: number does not fit",
       kNulls},
      {"decimal of almost nothing", R"({"price":1e-1000000000})", "NULL | 0.00 | NULL",
       "NULL | 0.00 | NULL"},
      {"decimal text", R"({"price":"2.5"})", "NULL | 2.50 | NULL", "NULL | 2.50 | NULL"},
      {"decimal text with commas", R"({"price":"1,234.5"})", "price: text is not a number",
       "NULL | 1234.50 | NULL"},
      {"decimal text with blanks", R"({"price":" 2.5 "})", "price: text is not a number", kNulls},
      {"decimal text of nothing", R"({"price":""})", "price: text is not a number", kNulls},
      {"NaN as text", R"({"price":"NaN"})", "price: text is not a number", kNulls},
      {"boolean for decimal", R"({"price":false})", "price: field is a boolean", kNulls},
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
    const Decoded strict = decode_json(kSchema, batch, {.speculate = speculate});
    ASSERT_EQ(strict.rows.front(), good_row) << poison.name;
    ASSERT_EQ(strict.rows.back(), good_row) << poison.name;
    const std::string outcome =
        strict.rejects.empty() ? strict.rows[1] : strict.rejects[0].substr(1);
    EXPECT_NE(outcome.find(poison.strict), std::string::npos) << poison.name << ": " << outcome;
    const Decoded spark = decode_json(kSchema, batch, {Rules::kSpark, BadField::kSpark, speculate});
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
  EXPECT_EQ(decode_one(kSchema, R"({"text":"a\u0000b"})"),
            "NULL | NULL | 'a" + std::string(1, '\0') + "b'");
}

TEST(JsonPoison, ThousandsOfThemInARow) {
  const std::vector<Poison> poisons = of_a_field();
  std::vector<std::string> batch;
  for (std::size_t i = 0; i < 20'000; ++i) batch.push_back(poisons[i % poisons.size()].record);
  const Decoded decoded = decode_json(kSchema, batch);
  EXPECT_EQ(decoded.rows.size() + decoded.rejects.size(), batch.size());
  EXPECT_EQ(decode_json(kSchema, batch, {.speculate = false}), decoded);
}

}  // namespace
}  // namespace sluice::formats
