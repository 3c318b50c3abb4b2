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

TEST(Address, OfAHostAlone) {
  const Address address = Address::parse("kafka://embedded");
  EXPECT_EQ(address.host, "embedded");
  EXPECT_EQ(address.path, "");
}

}  // namespace
}  // namespace sluice::connector
