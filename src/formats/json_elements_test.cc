#include "formats/json_elements.h"

#include <string>

#include <gtest/gtest.h>

#include "formats/vector_memory_test_support.h"

namespace sluice::formats {
namespace {

/// The elements with `|` between them, or the reason's number.
std::string elements_of(std::string_view pointer, std::string_view json) {
  std::vector<std::string_view> elements = {"kept"};
  const Reason reason = JsonElements::parse(pointer)->split(json, elements);
  if (reason != Reason::kNone) {
    EXPECT_EQ(elements.size(), 1U);
    return why(reason);
  }
  std::string text;
  for (std::size_t i = 1; i < elements.size(); ++i) {
    text += (i == 1 ? "" : "|") + std::string(elements[i]);
  }
  return text;
}

TEST(JsonElements, AreSlicesInTheirOrder) {
  EXPECT_EQ(
      elements_of("/events/-", R"({"n":1,"events":[{"a":[1,2]} , 7,"x,]" ,null, []],"m":[9]})"),
      R"({"a":[1,2]}|7|"x,]"|null|[])");
  EXPECT_EQ(elements_of("/-", "[1,2 , 3]"), "1|2|3");
  EXPECT_EQ(elements_of("/a/0/b/-", R"({"a":[{"b":[1,2]},{"b":[3]}]})"), "1|2");
}

TEST(JsonElements, AnEmptyListHasNone) {
  EXPECT_EQ(elements_of("/-", "[]"), "");
  EXPECT_EQ(elements_of("/e/-", R"({"e":[ ]})"), "");
}

TEST(JsonElements, SaysWhyThereAreNone) {
  EXPECT_EQ(elements_of("/e/-", "{}"), why(Reason::kNoElements));
  EXPECT_EQ(elements_of("/e/-", R"({"e":null})"), why(Reason::kNotList));
  EXPECT_EQ(elements_of("/e/-", R"({"e":{"a":1}})"), why(Reason::kNotList));
  EXPECT_EQ(elements_of("/-", R"({"a":1})"), why(Reason::kNotList));
}

TEST(JsonElements, OfAMessageThatIsBrokenLaterNothingStays) {
  EXPECT_EQ(elements_of("/e/-", R"({"e":[1,2,3],"f":})"), why(Reason::kNotJson));
  EXPECT_EQ(elements_of("/e/-", R"({"e":[1,2,3)"), why(Reason::kNotJson));
  EXPECT_EQ(elements_of("/e/-", R"({"e":[1,2,]})"), why(Reason::kNotJson));
  EXPECT_EQ(elements_of("/e/-", R"({"e":[1 2]})"), why(Reason::kNotJson));
  EXPECT_EQ(elements_of("/e/-", R"({"e":[1],"e":[2]})"), why(Reason::kPlaceTwice));
  EXPECT_EQ(elements_of("/e/-", "{\"e\":[\"\xff\"]}"), why(Reason::kInvalidUtf8));
}

TEST(JsonElements, NestingHasTheSameLimitAsEverywhere) {
  const std::string deep = std::string(255, '[') + std::string(255, ']');
  EXPECT_EQ(elements_of("/-", "[" + deep + "]"), deep);
  EXPECT_EQ(elements_of("/-", "[[" + deep + "]]"), why(Reason::kNotJson));
}

TEST(JsonElements, APointerToElementsEndsWithAHyphen) {
  EXPECT_TRUE(JsonElements::parse("/-"));
  EXPECT_FALSE(JsonElements::parse("/events"));
  EXPECT_FALSE(JsonElements::parse("events/-"));
  EXPECT_FALSE(JsonElements::parse("-"));
  EXPECT_FALSE(JsonElements::parse(""));
}

}  // namespace
}  // namespace sluice::formats
