#include "base/secret_name.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(SecretName, LibrdkafkasSecretsAreKnown) {
  for (const char* name :
       {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.jaas.config"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
}

TEST(SecretName, HeadersOfHttpAreKnown) {
  for (const char* name :
       {"Authorization", "X-API-Key", "api_key", "Cookie", "PRIVATE-TOKEN", "bearer"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
  EXPECT_FALSE(names_a_secret("Idempotency-Key"));
}

TEST(SecretName, CaseMeansNothing) { EXPECT_TRUE(names_a_secret("SASL_PASSWORD")); }

TEST(SecretName, WhatHelpsToFindAMistakeIsShown) {
  for (const char* name : {"sasl.username", "sasl.oauthbearer.method", "ssl.ca.location",
                           "ssl.ca.pem", "client.id", "topic"}) {
    EXPECT_FALSE(names_a_secret(name)) << name;
  }
}

}  // namespace
}  // namespace sluice
