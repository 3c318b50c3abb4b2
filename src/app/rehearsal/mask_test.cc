#include "app/rehearsal/mask.h"

#include <gtest/gtest.h>

#include "app/rehearsal/given_value.h"
#include "config/yaml.h"

namespace sluice::app {
namespace {

ConfigValue row(const std::string& text) { return *config::parse_yaml(text, "row"); }

TEST(Mask, OneValueBecomesOneOther) {
  Mask mask({"email"}, 7);
  const ConfigValue first = mask.row(row(R"({"email": "zoe.M@x.org", "n": 1})"));
  const ConfigValue second = mask.row(row(R"({"user": {"EMAIL": "zoe.M@x.org"}})"));
  const std::string& other = first.find("email")->text();
  EXPECT_NE(other, "zoe.M@x.org");
  EXPECT_EQ(other, second.find("user")->find("EMAIL")->text());
  EXPECT_EQ(first.find("n")->text(), "1");
}

TEST(Mask, KeepsTheShape) {
  Mask mask({"v"}, 7);
  const auto other = [&](const std::string& value) {
    return json_of(*mask.row(row("{\"v\": " + value + "}")).find("v"));
  };
  const std::string text = other("\"Ab-9 ö\"");
  ASSERT_EQ(text.size(), 8U);
  EXPECT_TRUE(text[1] >= 'A' && text[1] <= 'Z' && text[2] >= 'a' && text[2] <= 'z');
  EXPECT_TRUE(text[3] == '-' && text[4] >= '1' && text[4] <= '8' && text[5] == ' ');
  EXPECT_EQ(other("-12.50").size(), 6U);
  EXPECT_EQ(other("true"), "true");
  EXPECT_EQ(other("null"), "null");
  EXPECT_EQ(other("\"1990-02-03 10:00:00\"").substr(11), " 10:00:00\"");
  EXPECT_EQ(other("[\"a\", {\"b\": \"c\"}]").size(), std::string(R"(["a",{"b":"c"}])").size());
}

TEST(Mask, DifferentValuesStayDifferent) {
  Mask mask({"v"}, 7);
  std::set<std::string> others;
  for (int i = 10; i < 40; ++i) others.insert(mask.text(std::to_string(i)));
  EXPECT_EQ(others.size(), 30U);
}

TEST(Mask, ChanceIsAnother) {
  Mask one({"v"}, 1);
  Mask other({"v"}, 2);
  EXPECT_NE(one.text("somebody's name"), other.text("somebody's name"));
}

TEST(Mask, KnowsWhatItHasMasked) {
  Mask mask({"name", "nme"}, 7);
  const ConfigValue masked = mask.row(row(R"({"name": "alice"})"));
  const ConfigValue key = ConfigValue::scalar("alice", true, {});
  EXPECT_EQ(mask.known(key).text(), masked.find("name")->text());
  EXPECT_EQ(mask.known(ConfigValue::scalar("bob", true, {})).text(), "bob");
  EXPECT_EQ(mask.unused(), std::vector<std::string>{"nme"});
}

TEST(Mask, ScramblesWhatCannotBeTakenApart) {
  EXPECT_EQ(Mask({"v"}, 7).scrambled("{\"v\": \"Bob 42"),
            Mask({"v"}, 7).scrambled("{\"v\": \"Bob 42"));
  EXPECT_EQ(Mask({"v"}, 7).scrambled("{\"v\": \"Bob 42").find("Bob"), std::string::npos);
}

}  // namespace
}  // namespace sluice::app
