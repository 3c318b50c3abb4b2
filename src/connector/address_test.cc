#include "connector/address.h"

#include <gtest/gtest.h>

namespace sluice::connector {
namespace {

TEST(Address, TakesAUrlApart) {
  const Address address = Address::parse("Kafka://me:s3%40t@a:9092,b:9092/in%20voices");
  EXPECT_EQ(address.scheme, "kafka");
  EXPECT_EQ(address.user, "me");
  EXPECT_EQ(address.password, "s3@t");
  EXPECT_EQ(address.host, "a:9092,b:9092");
  EXPECT_EQ(address.path, "in voices");
}

TEST(Address, PathsHaveNoScheme) {
  for (const char* path : {"lake/orders", "/x/y.csv", "x:y", "a b://c"}) {
    EXPECT_EQ(Address::parse(path).scheme, "") << path;
    EXPECT_EQ(Address::parse(path).text, path);
  }
}

TEST(Address, KeepsVariablesWhole) {
  const Address address = Address::parse("http://me:${file:/run/secrets/x@y}@host/path");
  EXPECT_EQ(address.user, "me");
  EXPECT_EQ(address.password, "${file:/run/secrets/x@y}");
  EXPECT_EQ(address.host, "host");
  EXPECT_EQ(address.path, "path");
}

TEST(Address, NeverShowsThePassword) {
  const Address address = Address::parse("kafka://me:me@host/me");
  EXPECT_EQ(address.shown(), "kafka://me:***@host/me");
  EXPECT_EQ(address.error("no").message(), "kafka://me:***@host/me: no");
  EXPECT_EQ(Address::parse("kafka://me:@host/t").shown(), "kafka://me:@host/t");
}

TEST(Address, ASlashInAPasswordHidesAll) {
  for (const char* text : {"kafka://me:pa/ss@host/t", "kafka://m/e:pass@host/t"}) {
    const Address address = Address::parse(text);
    EXPECT_EQ(address.shown(), "kafka://***");
    const Status checked = address.check_login();
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message().find("write %2F for a / in a password"), std::string::npos);
  }
  EXPECT_TRUE(Address::parse("s3://bucket/a@2x.png").check_login());
  EXPECT_TRUE(Address::parse("kafka://me:pa%2Fss@host:9092/t").check_login());
}

TEST(Address, ABraceIsNoVariable) {
  const Address address = Address::parse("kafka://me:p{w@host/t");
  EXPECT_EQ(address.password, "p{w");
  EXPECT_EQ(address.host, "host");
  EXPECT_EQ(address.path, "t");
}

TEST(Address, WhatIsEncodedIsNoVariable) {
  EXPECT_EQ(Address::parse("x://me:a%24%7BX%7D@h/p").password, "a$${X}");
  EXPECT_EQ(Address::parse("x://me:a$%7BX}@h/p").password, "a$${X}");
  EXPECT_EQ(Address::parse("x://me:a$$b@h/p").password, "a$$b");
  EXPECT_EQ(Address::parse("x://me:${X}%24@h/p").password, "${X}$$");
}

TEST(Address, OfAHostAlone) {
  const Address address = Address::parse("kafka://embedded");
  EXPECT_EQ(address.host, "embedded");
  EXPECT_EQ(address.path, "");
}

}  // namespace
}  // namespace sluice::connector
