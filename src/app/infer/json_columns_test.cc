#include "app/infer/json_columns.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

std::vector<InferredColumn> columns(std::initializer_list<std::string_view> records) {
  JsonTree tree;
  for (const std::string_view record : records) tree.add(json_events(record));
  return json_columns(tree.root());
}

std::string type_of(std::initializer_list<std::string_view> records) {
  return columns(records).at(0).what.type.to_string();
}

TEST(JsonColumns, NestedValues) {
  EXPECT_EQ(type_of({R"({"a":{"x":1,"y":[1.5]}})", R"({"a":{"z":"t"}})"}),
            "STRUCT(x INTEGER, y DECIMAL(18,2)[], z VARCHAR)");
  EXPECT_EQ(type_of({R"({"a":[{"x":1},{"x":2}]})"}), "STRUCT(x INTEGER)[]");
  EXPECT_EQ(type_of({R"({"a":[[1],[2]]})"}), "INTEGER[][]");
}

TEST(JsonColumns, WhatIsNoTypeIsJson) {
  EXPECT_EQ(type_of({R"({"a":{}})"}), "JSON");
  EXPECT_EQ(type_of({R"({"a":[]})"}), "JSON");
  EXPECT_EQ(type_of({R"({"a":[1]})", R"({"a":{"x":1}})"}), "JSON");
  EXPECT_EQ(type_of({R"({"a":{"x":1,"X":2}})"}), "JSON");
  EXPECT_EQ(type_of({R"({"a":null})"}), "VARCHAR");
  const std::string deep = "{\"a\":" + std::string(40, '[') + "1" + std::string(40, ']') + "}";
  EXPECT_TRUE(type_of({deep}).starts_with("JSON[]"));
}

TEST(JsonColumns, NamesThatSqlTakesForOneAreLeftOut) {
  const auto found = columns({R"({"id":1,"ID":2})"});
  EXPECT_FALSE(found.at(0).is_left_out);
  EXPECT_TRUE(found.at(1).is_left_out);
}

TEST(JsonColumns, MissingIsNull) {
  const auto found = columns({R"({"a":1,"b":2})", R"({"a":1})", R"({"a":1,"b":null})"});
  EXPECT_EQ(found.at(1).records, 3);
  EXPECT_EQ(found.at(1).values, 1);
}

TEST(JsonColumns, NumbersKeepTheirDigits) {
  EXPECT_EQ(json_events("[1.50,12345678901234567890123]").at(1).text, "1.50");
  EXPECT_EQ(json_events("[1.50,12345678901234567890123]").at(2).text, "12345678901234567890123");
}

TEST(JsonColumns, WhatADecoderTakesForBrokenIsNone) {
  EXPECT_TRUE(json_events(R"({"a":1,"a":2})").empty());
  EXPECT_TRUE(json_events(R"({"a":1)").empty());
  EXPECT_TRUE(json_events("\xEF\xBB\xBF{}").empty());
  EXPECT_TRUE(json_events(std::string(300, '[') + std::string(300, ']')).empty());
  EXPECT_TRUE(JsonTree::is_list_of_objects(json_events(R"([{"a":1}])")));
  EXPECT_FALSE(JsonTree::is_list_of_objects(json_events(R"([{"a":1},2])")));
}

}  // namespace
}  // namespace sluice::app
