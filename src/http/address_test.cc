#include "http/address.h"

#include <gtest/gtest.h>

namespace sluice::http {
namespace {

std::string parsed(std::string_view text) {
  auto address = Address::parse(text);
  return address ? address->text() : "refused";
}

TEST(Address, AllForms) {
  EXPECT_EQ(parsed("8484"), "127.0.0.1:8484");
  EXPECT_EQ(parsed("localhost:80"), "127.0.0.1:80");
  EXPECT_EQ(parsed("0.0.0.0:443"), "0.0.0.0:443");
  EXPECT_EQ(parsed("[::1]:0"), "[::1]:0");
}

TEST(Address, WhatIsNoneIsRefused) {
  for (const std::string_view text :
       {"", ":80", "example.com:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "70000",
        "::1:80", "[127.0.0.1]:80", "[::1]", "127.0.0.1:80x", "1.2.3:80"}) {
    EXPECT_EQ(parsed(text), "refused") << text;
  }
}

TEST(Address, MessageSaysWhatToWrite) {
  const auto refused = Address::parse("::1:80");
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().message(),
      "'::1:80' is no address to listen on: an IPv6 address goes in brackets; write "
      "ADDRESS:PORT, as 127.0.0.1:8484, [::1]:8484 or 0.0.0.0:8484, or a port alone, for this "
      "machine only");
}

TEST(Address, WhatReachesThisMachineOnly) {
  for (const char* text : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_loopback_address(text)) << text;
  }
  for (const char* text : {"0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost"}) {
    EXPECT_FALSE(is_loopback_address(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::http
