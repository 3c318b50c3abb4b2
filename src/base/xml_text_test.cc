#include "base/xml_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(XmlText, MarksBecomeEntities) {
  EXPECT_EQ(xml_text("a < b && \"c\" > 'd'\n"), "a &lt; b &amp;&amp; &quot;c&quot; &gt; 'd'\n");
  EXPECT_EQ(xml_text("naïve 東"), "naïve 東");
}

TEST(XmlText, WhatXmlHasNotIsReplaced) {
  EXPECT_EQ(xml_text(std::string_view("\0\x1B\t", 3)), "\xEF\xBF\xBD\xEF\xBF\xBD\t");
  EXPECT_EQ(xml_text("\xE6\x9D"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace sluice
