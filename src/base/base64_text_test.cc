#include "base/base64_text.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Base64Text, IsThatOfTheStandard) {
  EXPECT_EQ(base64_text(""), "");
  EXPECT_EQ(base64_text("f"), "Zg==");
  EXPECT_EQ(base64_text("fo"), "Zm8=");
  EXPECT_EQ(base64_text("foo"), "Zm9v");
  EXPECT_EQ(base64_text("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_text("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace sluice
