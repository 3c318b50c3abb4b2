#include "formats/binary_text.h"

#include <gtest/gtest.h>

namespace sluice::formats {
namespace {

TEST(Base64, Decodes) {
  data::Arena arena;
  EXPECT_EQ(parse_base64("", arena), "");
  EXPECT_EQ(parse_base64("Zg==", arena), "f");
  EXPECT_EQ(parse_base64("Zm8=", arena), "fo");
  EXPECT_EQ(parse_base64("Zm9v", arena), "foo");
  EXPECT_EQ(parse_base64("Zm9vYmFy", arena), "foobar");
  EXPECT_EQ(parse_base64("+/+/", arena), "\xfb\xff\xbf");
}

TEST(Base64, RefusesWhatIsMalformed) {
  data::Arena arena;
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9=v", "Zm 9", "Zm9v\n", "-_-_", "Zh==", "=Zg="}) {
    EXPECT_EQ(parse_base64(text, arena), std::nullopt) << text;
  }
}

TEST(Uuid, FlipsTheHighestBit) {
  const auto low = parse_uuid("00000000-0000-0000-0000-000000000001");
  ASSERT_TRUE(low);
  EXPECT_TRUE(static_cast<Uint128>(*low) == ((Uint128{1} << 127) | 1));
  EXPECT_TRUE(*parse_uuid("80000000-0000-0000-0000-00000000000a") == 10);
  EXPECT_TRUE(*parse_uuid("FFFFFFFF-0000-0000-0000-000000000000") ==
              *parse_uuid("ffffffff-0000-0000-0000-000000000000"));
}

TEST(Uuid, RefusesWhatIsMalformed) {
  for (const char* text :
       {"", "00000000000000000000000000000001", "00000000-0000-0000-0000-00000000000g",
        "{0000000-0000-0000-0000-000000000000}", "00000000-0000-0000-00000000-00000000"}) {
    EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::formats
