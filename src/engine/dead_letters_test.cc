#include "engine/dead_letters.h"

#include <gtest/gtest.h>

#include "sql/scan/record_batch_fixture.h"

namespace sluice::engine {
namespace {

constexpr std::uint16_t kNone = data::Reject::kNoColumn;

DeadLetterBatch letters_of(const sql::TextBatch& records, std::vector<data::Reject> rejects) {
  return {records, rejects, sql::BarDecoder(), 3, "bars"};
}

TEST(DeadLetters, AreShownWithPlaceAndValue) {
  const sql::TextBatch records({"1|a|", "x|b|"});
  EXPECT_EQ(letters_of(records, {{1, 1, 0}}).in_words(0),
            " partition=0 offset=0: column a: not an integer; value=x|b|");
}

TEST(DeadLetters, AreCountedByReasonAndColumn) {
  const sql::TextBatch records({"x|a|", "y|b|", "z|c|"});
  const auto reasons = letters_of(records, {{0, 1, 0}, {1, 1, kNone}, {2, 1, 0}}).reasons();
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0].reason, "column a: not an integer");
  EXPECT_EQ(reasons[0].count, 2);
  EXPECT_EQ(reasons[0].first, " partition=0 offset=0 value=x|a|");
  EXPECT_EQ(reasons[1].reason, "not an integer");
}

TEST(DeadLetters, AreToldFromWhatASchemaRegistryWrites) {
  using namespace std::string_literals;
  const sql::TextBatch records({"\0\0\0\1\2{}"s, "\0\0\0\0\7\6abc"s, "\0\0\0\0\7"s});
  const auto letters = letters_of(records, {{0, 1, kNone}, {1, 1, kNone}, {2, 1, kNone}});
  EXPECT_NE(letters.in_words(0).find("schema id (258), as a serializer of a schema registry writes "
                                     "it: JSON Schema, of which format: raw"),
            std::string::npos);
  EXPECT_NE(letters.in_words(1).find("schema id (7), as"), std::string::npos);
  EXPECT_NE(letters.in_words(1).find("Avro or Protobuf"), std::string::npos);
  EXPECT_EQ(letters.in_words(2).find("schema id"), std::string::npos);
}

TEST(DeadLetters, ShowOnlyTheBeginningOfALongValue) {
  const sql::TextBatch records({std::string(1000, 'x')});
  const std::string first = letters_of(records, {{0, 1, kNone}}).reasons().at(0).first;
  EXPECT_TRUE(first.ends_with("value=" + std::string(200, 'x') + "...")) << first;
}

}  // namespace
}  // namespace sluice::engine
