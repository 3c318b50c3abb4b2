#include "app/row_json.h"

#include <gtest/gtest.h>

namespace sluice::app {
namespace {

TEST(JsonObject, NumbersStayDigitByDigit) {
  const data::Schema schema({{"a", data::Type::decimal(22, 12)}, {"b", data::TypeId::kVarchar}});
  EXPECT_EQ(json_object(schema, {"12.500000000000", "12.5"}),
            R"({"a":12.500000000000,"b":"12.5"})");
}

TEST(JsonObject, NullAndWhatIsNoJsonNumberAreWrittenAsJson) {
  const data::Schema schema({{"a", data::TypeId::kDouble}, {"b\"", data::TypeId::kDate}});
  EXPECT_EQ(json_object(schema, {"NaN", std::nullopt}), R"({"a":"NaN","b\"":null})");
}

TEST(JsonObject, JsonStandsAsItWasUnlessItTakesSeveralLines) {
  const data::Schema schema({{"a", data::TypeId::kJson}, {"b", data::TypeId::kJson}});
  EXPECT_EQ(json_object(schema, {"{\"n\":1.10}", "[1,\n2]"}), R"({"a":{"n":1.10},"b":"[1,\n2]"})");
}

TEST(JsonSelect, ShowsNestedValuesAndBytes) {
  const data::Schema schema({{"a", data::TypeId::kInteger},
                             {"b", data::Type::list(data::TypeId::kInteger)},
                             {"c", data::TypeId::kBlob},
                             {"d", data::Type::list(data::TypeId::kBlob)}});
  EXPECT_EQ(json_select(schema, "t"),
            R"(SELECT "a", system.main.to_json("b") AS "b", to_base64("c") AS "c", )"
            R"(system.main.to_json(list_transform("d", lambda sluice_item_0: )"
            R"(to_base64(sluice_item_0))) AS "d" FROM "t")");
}

}  // namespace
}  // namespace sluice::app
