// Three ways to read a record must agree, on records as they come and on broken ones: the guess,
// the careful walk, and simdjson's DOM parser as the judge of what is JSON at all.

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/random.h"
#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

constexpr const char* kEveryType =
    "id BIGINT, n INTEGER, t TINYINT, u UBIGINT, price DECIMAL(22,12), small DECIMAL(4,2), "
    "middle DECIMAL(18,6), real DOUBLE, ok BOOLEAN, text VARCHAR, day DATE, at TIMESTAMP, doc "
    "JSON, "
    "raw BLOB, key UUID";
constexpr const char* kNestedTypes =
    "id BIGINT, s STRUCT(a INTEGER, b VARCHAR), l INTEGER[], m MAP(VARCHAR, DECIMAL(6,2)), "
    "d STRUCT(x INTEGER[])[], text VARCHAR";

std::string pick(Random& random, std::initializer_list<const char*> choices) {
  return choices.begin()[random.next() % choices.size()];
}

std::string number(Random& random) {
  std::string text = random.next() % 4 == 0 ? "-" : "";
  text += std::to_string(random.next() >> (random.next() % 63 + 1));
  if (random.next() % 2 == 0) text += "." + std::to_string(random.next() >> (random.next() % 60));
  if (random.next() % 16 == 0) text += pick(random, {"e2", "E-3", "e+0", "e400", "E"});
  return text;
}

std::string string(Random& random) {
  std::string text = "\"";
  for (std::uint64_t i = random.next() % 30; i > 0; --i) {
    text += random.next() % 16 != 0
                ? std::string(1, static_cast<char>('a' + random.next() % 26))
                : pick(random, {"\\n", "\\\"", "\\u00e9", "ü", "日", "\\ud83d\\ude00", "\\/", " "});
  }
  return text + "\"";
}

std::string value(Random& random, int depth) {
  switch (random.next() % (depth > 3 ? 8 : 11)) {
    case 0:
      return "null";
    case 1:
      return pick(random, {"true", "false"});
    case 2:
      return pick(random, {"\"2024-02-29\"", "\"2024-02-29T01:02:03.5Z\"", "\"YWJj\"",
                           "\"0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f\"", "\"12.50\""});
    case 3:
    case 4:
    case 5:
      return number(random);
    case 6:
    case 7:
      return string(random);
    case 8:
      return "[" + value(random, depth + 1) + "," + value(random, depth + 1) + "]";
    case 9:
      return pick(random, {"[]", "{}", "[ ]", "{ }"});
    default:
      return "{" + pick(random, {"\"a\":", "\"b\" : ", "\"x\":"}) + value(random, depth + 1) +
             ",\"z\":" + value(random, depth + 1) + "}";
  }
}

// A record with most of the schema's fields, mostly with values of their types.
std::string record(Random& random, const data::Schema& schema) {
  const std::string space = pick(random, {"", "", "", " "});
  std::string text = "{";
  const std::uint64_t rotation = random.next() % 8 == 0 ? random.next() % schema.size() : 0;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (random.next() % 24 == 0) continue;
    const data::Field& field = schema[(i + rotation) % schema.size()];
    text += (text.size() > 1 ? "," + space : "") + "\"" +
            (random.next() % 32 == 0 ? "other" : field.name) + "\":" + space;
    const bool is_number = field.type.id() <= data::TypeId::kDecimal;
    text += random.next() % 8 == 0 ? value(random, 0)
            : is_number            ? std::to_string(random.next() % 100)
                                   : string(random);
  }
  return text + "}";
}

void mutate(Random& random, std::string& text) {
  for (std::uint64_t i = random.next() % 3 + 1; i > 0 && !text.empty(); --i) {
    const std::size_t at = random.next() % text.size();
    switch (random.next() % 6) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text[at] = static_cast<char>(random.next());
        break;
      case 2:
        text.erase(at, 1);
        break;
      case 3:
        text.insert(at, 1, text[random.next() % text.size()]);
        break;
      case 4:
        text.insert(at, pick(random, {"\"", "\\", ",", "{", "}", "[", "]", "0", ":", " "}));
        break;
      default:
        text[at] = pick(random, {"\"", "\\", ",", "{", "}", "[", "]", "0", ":", "1"})[0];
    }
  }
}

std::vector<std::string> records(std::uint64_t seed, const data::Schema& schema, std::size_t count,
                                 std::uint64_t broken_of_16) {
  SeededRandom random(seed);
  std::vector<std::string> result;
  while (result.size() < count) {
    result.push_back(record(random, schema));
    if (random.next() % 16 < broken_of_16) mutate(random, result.back());
  }
  return result;
}

void expect_same_both_ways(const char* sql, JsonRules rules, std::uint64_t seeds) {
  const data::Schema schema = columns_from(sql).schema;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto batch = records(seed, schema, 400, seed % 2 == 0 ? 12 : 1);
    rules.speculate = false;
    const Decoded careful = decode_json(sql, batch, rules);
    rules.speculate = true;
    const Decoded guessed = decode_json(sql, batch, rules);
    ASSERT_EQ(guessed.rejects, careful.rejects) << "seed " << seed;
    ASSERT_EQ(guessed.rows, careful.rows) << "seed " << seed;
  }
}

TEST(JsonDifferential, GuessAndWalkAgreeStrictly) { expect_same_both_ways(kEveryType, {}, 60); }

TEST(JsonDifferential, GuessAndWalkAgreeWithNulls) {
  expect_same_both_ways(kEveryType, kNullRules, 30);
}

TEST(JsonDifferential, GuessAndWalkAgreeInSparkMode) {
  expect_same_both_ways(kEveryType, kSparkRules, 30);
}

TEST(JsonDifferential, GuessAndWalkAgreeOnNestedTypes) {
  expect_same_both_ways(kNestedTypes, {}, 30);
  expect_same_both_ways(kNestedTypes, kNullRules, 15);
  expect_same_both_ways(kNestedTypes, kSparkRules, 15);
}

TEST(JsonDifferential, EveryReaderRejectsTheSameRecords) {
  DecodedColumns columns = columns_from(kEveryType);
  const std::vector<ValuePlan> plans = columns.plans;
  const auto batch = records(7, columns.schema, 2000, 6);
  const JsonDecoder decoder(std::move(columns), {});
  const Decoded all = decode_all(decoder, plans, batch);
  for (std::size_t wanted = 0; wanted < plans.size(); ++wanted) {
    std::vector<std::size_t> checked;
    for (std::size_t i = 0; i < plans.size(); ++i) checked.push_back(i);
    EXPECT_EQ(decode_all(decoder, plans, batch, {wanted}, checked).rejects, all.rejects);
  }
}

enum class Verdict : unsigned char { kJson, kNoJson, kNoIdea };

// simdjson's DOM parser gives up at integers beyond 64 bits and infinite doubles, which are JSON.
Verdict judge(simdjson::dom::parser& parser, const std::string& text) {
  simdjson::dom::element element;
  const auto code = parser.parse(text).get(element);
  if (code == simdjson::BIGINT_ERROR || code == simdjson::NUMBER_ERROR) return Verdict::kNoIdea;
  return code == simdjson::SUCCESS && element.is_object() ? Verdict::kJson : Verdict::kNoJson;
}

TEST(JsonDifferential, TheJudgeAgreesOnWhatIsJson) {
  simdjson::dom::parser parser;
  const data::Schema schema = columns_from(kEveryType).schema;
  std::size_t good = 0;
  std::size_t bad = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (const std::string& text : records(seed, schema, 250, 12)) {
      const Verdict verdict = judge(parser, text);
      if (verdict == Verdict::kNoIdea) continue;
      const std::string decoded = decode_one("unknown INTEGER", text);
      ASSERT_EQ(decoded == "NULL", verdict == Verdict::kJson) << text << "\n" << decoded;
      ++(verdict == Verdict::kJson ? good : bad);
    }
  }
  EXPECT_GT(good, 2000U);
  EXPECT_GT(bad, 2000U);
}

// Every byte of a plain record replaced by every other byte, between records that keep the layout
// learnt.
TEST(JsonDifferential, EveryByteOfAPlainRecordReplaced) {
  const std::string whole =
      R"({"id":1,"n":-20,"price":1234.5600,"small":"1.5","real":0.25,"ok":true,"text":"plain",)"
      R"("day":"2024-02-29","doc":[1,{"a":null}],"other":"skipped \n"})";
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::string> batch;
    for (int byte = 0; byte < 256; ++byte) {
      batch.push_back(whole);
      batch.push_back(whole);
      batch.back()[at] = static_cast<char>(byte);
    }
    const Decoded careful = decode_json(kEveryType, batch, {.speculate = false});
    ASSERT_EQ(decode_json(kEveryType, batch), careful) << "byte " << at;
  }
}

TEST(JsonDifferential, EveryTruncationIsRejected) {
  const std::string whole =
      R"({"id":1,"n":-2,"price":1.5,"text":"grün \"\u00e9\ud83d\ude00","doc":{"a":[1,{}]},"x":null})";
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    std::vector<std::string> batch = {whole, whole.substr(0, bytes)};
    const Decoded decoded = decode_json(kEveryType, batch);
    ASSERT_EQ(decoded.rows.size(), 1U) << batch[1];
    ASSERT_EQ(decoded.rejects.size(), 1U) << batch[1];
  }
}

}  // namespace
}  // namespace sluice::formats
