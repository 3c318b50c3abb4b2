#include "formats/json_parts.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

/// The elements with commas between them, or what is wrong.
std::string parts_of(std::string_view document, std::string_view pointer = "") {
  JsonParts elements;
  const auto parts = elements.split(document, pointer);
  if (!parts) return "error: " + parts.error().message();
  std::string joined;
  for (const std::string_view part : *parts) joined += "<" + std::string(part) + ">";
  return joined;
}

std::string text_at(std::string_view document, std::string_view pointer) {
  JsonParts elements;
  const auto text = elements.text_at(document, pointer);
  if (!text) return "error: " + text.error().message();
  return text->value_or("nothing");
}

TEST(JsonParts, GivesTheElementsAsTheyAreWritten) {
  EXPECT_EQ(parts_of(R"( [ {"a": [1, 2 ]} , 1.50,"x\"]" ,null, [ ]] )"),
            R"(<{"a": [1, 2 ]}><1.50><"x\"]"><null><[ ]>)");
  EXPECT_EQ(parts_of("[]"), "");
  EXPECT_EQ(parts_of(R"({"data": {"items": [1, "ä"]}, "more": 2})", "/data/items"), R"(<1><"ä">)");
  EXPECT_EQ(parts_of(R"({"a/b": [[3], [4]]})", "/a~1b/1"), "<4>");
}

TEST(JsonParts, AnObjectIsAListOfOne) {
  EXPECT_EQ(parts_of(" {\"a\": 1} \n"), "<{\"a\": 1}>");
  EXPECT_EQ(parts_of(R"({"one": {"a": 1}})", "/one"), R"(<{"a": 1}>)");
}

TEST(JsonParts, SlicesAreOfTheDocument) {
  JsonParts elements;
  const std::string document = R"(["one", "two"])";
  const auto parts = elements.split(document, "");
  ASSERT_TRUE(parts);
  EXPECT_EQ((*parts)[1].data(), document.data() + 8);
}

TEST(JsonParts, WhatIsNoListIsSaid) {
  EXPECT_EQ(parts_of("7"), "error: it is neither an array nor an object");
  EXPECT_EQ(parts_of(R"({"items": 7})", "/items"), "error: it has no array or object at /items");
  // Not a list, and yet none is missing.
  EXPECT_EQ(parts_of(R"({"items": null})", "/items"), "");
  EXPECT_EQ(parts_of(" null "), "");
  EXPECT_EQ(parts_of("{}", "/items"), "error: it has no array or object at /items");
  EXPECT_EQ(parts_of("[1]", "/items"), "error: it has no array or object at /items");
}

TEST(JsonParts, WhatIsNoJsonIsSaid) {
  for (const char* text :
       {"", " ", "<html></html>", "[1, 2", "[1] 2", "{\"a\": 1}}", "[1,]", "\"\xff\""}) {
    EXPECT_TRUE(parts_of(text).starts_with("error: it is not JSON: "))
        << text << " " << parts_of(text);
  }
}

TEST(JsonParts, GivesValuesAsText) {
  const char* document =
      R"({"s": "a\u00e4\"", "n": -1.50e3, "b": true, "z": null, "o": {"x": [ 1 ]}})";
  EXPECT_EQ(text_at(document, "/s"), "aä\"");
  EXPECT_EQ(text_at(document, "/n"), "-1.50e3");
  EXPECT_EQ(text_at(document, "/b"), "true");
  EXPECT_EQ(text_at(document, "/z"), "nothing");
  EXPECT_EQ(text_at(document, "/none/x"), "nothing");
  EXPECT_EQ(text_at(document, "/s/x"), "nothing");
  EXPECT_EQ(text_at(document, "/o/x"), "[ 1 ]");
  EXPECT_EQ(text_at(" 7 ", ""), "7");
  EXPECT_TRUE(text_at("<a>", "/a").starts_with("error: it is not JSON"));
}

TEST(JsonParts, KnowsPointers) {
  EXPECT_TRUE(is_json_pointer(""));
  EXPECT_TRUE(is_json_pointer("/a~0b/~1"));
  EXPECT_FALSE(is_json_pointer("items"));
  EXPECT_FALSE(is_json_pointer("/a~"));
  EXPECT_FALSE(is_json_pointer("/a~2"));
}

}  // namespace
}  // namespace sluice::formats
