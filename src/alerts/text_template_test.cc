#include "alerts/text_template.h"

#include <gtest/gtest.h>

namespace sluice::alerts {
namespace {

std::string filled(const std::string& text) {
  const auto made = TextTemplate::parse(text);
  if (!made) return "error: " + made.error().message();
  return made->fill([](const std::string& name) { return "<" + name + ">"; });
}

TEST(TextTemplate, PutsValuesInThePlaceOfNames) {
  EXPECT_EQ(filled("{sensor} is {t} °C"), "<sensor> is <t> °C");
  EXPECT_EQ(filled(""), "");
}

TEST(TextTemplate, TwoBracesAreOne) { EXPECT_EQ(filled("{{a}} {b}"), "{a} <b>"); }

TEST(TextTemplate, RefusesHalfABrace) {
  EXPECT_NE(filled("a {b").find("error:"), std::string::npos);
  EXPECT_NE(filled("a } b").find("error:"), std::string::npos);
  EXPECT_NE(filled("{}").find("error:"), std::string::npos);
}

}  // namespace
}  // namespace sluice::alerts
