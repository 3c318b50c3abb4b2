#include "connectors/kafka/connection_failure.h"

#include <gtest/gtest.h>

namespace sluice::connectors::kafka {
namespace {

ConnectionFailure read(std::string_view words, int certificate = 0,
                       const std::map<std::string, std::string>& properties = {}) {
  return read_failure(words, {"kafka-1:9093,127.0.0.1:9093", properties, certificate});
}

TEST(ConnectionFailure, NamesTheStepTheAddressAndTheAnswer) {
  const ConnectionFailure failure = read(
      "sasl_plaintext://127.0.0.1:9093/bootstrap: SASL authentication error: Authentication "
      "failed: "
      "Invalid username or password (after 306ms in state AUTH_REQ, 1 identical error(s) "
      "suppressed)");
  EXPECT_EQ(failure.to_string(),
            "login failed; address=127.0.0.1:9093 answer='SASL authentication error: "
            "Authentication failed: Invalid username or password'; check sasl.username, "
            "sasl.password and sasl.mechanism in 'properties'");
  EXPECT_TRUE(failure.is_final);
}

TEST(ConnectionFailure, TellsNamesThatAreUnknownFromPortsThatAreClosed) {
  const auto unknown = read(
      "kafka-1:9093/bootstrap: Failed to resolve 'kafka-1:9093': Name or service not known (after "
      "2ms in state CONNECT)");
  EXPECT_EQ(unknown.step, "resolve");
  EXPECT_EQ(unknown.address, "kafka-1:9093");
  EXPECT_FALSE(unknown.is_final);
  const auto closed = read(
      "127.0.0.1:9093/1: Connect to ipv4#127.0.0.1:9093 failed: Connection refused (after 0ms in "
      "state CONNECT, 1 identical error(s) suppressed)");
  EXPECT_EQ(closed.step, "connect");
  EXPECT_EQ(closed.answer, "Connect to ipv4#127.0.0.1:9093 failed: Connection refused");
}

TEST(ConnectionFailure, SaysWhyACertificateIsRefused) {
  constexpr const char* kWords =
      "ssl://127.0.0.1:9093/bootstrap: SSL handshake failed: error:0A000086:SSL "
      "routines::certificate verify failed: broker certificate could not be verified (after 21ms "
      "in "
      "state SSL_HANDSHAKE)";
  EXPECT_EQ(read(kWords, 10).answer, "the broker's certificate has expired (OpenSSL error 10)");
  EXPECT_NE(read(kWords, 64).answer.find("for another address"), std::string::npos);
  EXPECT_NE(read(kWords, 20).advice.find("ssl.ca.location"), std::string::npos);
  EXPECT_EQ(read(kWords, 20).step, "TLS");
}

TEST(ConnectionFailure, AsksForTheClientsCertificateOrSaysItIsNotAccepted) {
  constexpr const char* kWords =
      "ssl://127.0.0.1:9093/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert "
      "bad "
      "certificate: SSL alert number 42 (after 4ms in state APIVERSION_QUERY)";
  EXPECT_NE(read(kWords).advice.find("set ssl.certificate.location"), std::string::npos);
  const auto refused = read(kWords, 0, {{"ssl.certificate.location", "me.pem"}});
  EXPECT_NE(refused.advice.find("does not accept the client's certificate"), std::string::npos);
}

TEST(ConnectionFailure, AConnectionThatIsClosedMeansAnotherProtocolOrALogin) {
  const auto plain = read(
      "[thrd:127.0.0.1:9093/bootstrap]: 127.0.0.1:9093/bootstrap: Disconnected: connection closed "
      "by "
      "peer: receive 0 after POLLIN (after 4ms in state APIVERSION_QUERY)");
  EXPECT_EQ(plain.step, "TLS");
  EXPECT_FALSE(plain.is_final);  // a broker that stops does it, too
  const auto login = read(
      "127.0.0.1:9093/bootstrap: Disconnected: connection closed by peer: receive 0 after POLLIN "
      "(after 0ms in state UP)");
  EXPECT_EQ(login.step, "login");
  EXPECT_EQ(read("127.0.0.1:9093/bootstrap: Send failed: Broken pipe (after 0ms in state UP)").step,
            "login");
}

TEST(ConnectionFailure, AConfiguredAddressMayLackItsPort) {
  const std::string text =
      "nosuch.invalid:9092/bootstrap: Failed to resolve 'nosuch.invalid:9092': Name or service not "
      "known (after 2ms in state CONNECT)";
  const auto advice = [&](std::string_view brokers) {
    return read_failure(text, {.brokers = brokers, .properties = {}}).advice;
  };
  for (const char* brokers : {"nosuch.invalid", "a:1, nosuch.invalid", "ssl://nosuch.invalid,b"}) {
    EXPECT_EQ(advice(brokers).find("announce"), std::string::npos) << brokers;
  }
  EXPECT_NE(advice("other.invalid,such.invalid").find("announce"), std::string::npos);
}

TEST(ConnectionFailure, AnAddressThatBrokersAnnounceIsNamedAsSuch) {
  const auto failure = read(
      "inside:9092/3: Failed to resolve 'inside:9092': Name or service not known (after 2ms in "
      "state "
      "CONNECT)");
  EXPECT_NE(failure.advice.find("advertised.listeners"), std::string::npos);
  const auto token = read("Failed to acquire SASL OAUTHBEARER token: Token expired");
  EXPECT_EQ(token.address, "kafka-1:9093,127.0.0.1:9093");
  EXPECT_EQ(token.step, "login");
  EXPECT_FALSE(token.is_final);  // the next one may be good
}

}  // namespace
}  // namespace sluice::connectors::kafka
