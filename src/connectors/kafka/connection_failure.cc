#include "connectors/kafka/connection_failure.h"

#include <algorithm>
#include <array>

namespace sluice::connectors::kafka {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// "[thrd:...]: ssl://host:9093/bootstrap: WORDS (after 3ms in state CONNECT, 1 identical ...)".
struct Parts {
  std::string_view address;
  std::string_view words;
  std::string_view state;
};

Parts take_apart(std::string_view text) {
  Parts parts;
  if (text.starts_with("[thrd:")) text.remove_prefix(std::min(text.find("]: ") + 3, text.size()));
  if (const std::size_t after = text.rfind(" (after "); after != text.npos) {
    constexpr std::string_view kState = "in state ";
    if (const std::size_t at = text.find(kState, after); at != text.npos) {
      parts.state = text.substr(at + kState.size());
      parts.state = parts.state.substr(0, parts.state.find_first_of(",)"));
    }
    text = text.substr(0, after);
  }
  const std::size_t colon = text.find(": ");
  const std::size_t slash = text.rfind('/', colon);
  if (colon != text.npos && slash != text.npos) {
    std::string_view address = text.substr(0, slash);
    if (const auto scheme = address.find("://"); scheme != address.npos) {
      address.remove_prefix(scheme + 3);
    }
    const bool is_address = contains(address, ":") && !contains(address, " ");
    if (is_address) {
      parts.address = address;
      text.remove_prefix(colon + 2);
    }
  }
  parts.words = text;
  return parts;
}

constexpr const char* kOtherProtocol =
    "the port may require TLS while the client speaks plain text, or the reverse: set "
    "security.protocol in 'properties' (SSL, or SASL_SSL with a login; PLAINTEXT)";
constexpr const char* kNeedsLogin =
    "set security.protocol (SASL_SSL or SASL_PLAINTEXT), sasl.mechanism, sasl.username and "
    "sasl.password in 'properties'";

struct CertificateAdvice {
  int error;  ///< OpenSSL's number
  const char* answer;
  const char* advice;
};

/// By OpenSSL's x509_vfy.h. What is not listed has to do with the authority.
constexpr std::array kCertificates = {
    CertificateAdvice{9, "the broker's certificate is not valid yet",
                      "compare the clocks of both machines"},
    CertificateAdvice{10, "the broker's certificate has expired",
                      "renew the broker's certificate; if it is a new one, compare the clocks"},
    CertificateAdvice{62, "the broker's certificate is for another host name",
                      "write the name of the certificate in 'brokers', or issue one for this name"},
    CertificateAdvice{64, "the broker's certificate is for another address",
                      "write the name of the certificate in 'brokers', or issue one for this "
                      "address"},
};
constexpr CertificateAdvice kAuthority{
    0, "the broker's certificate is of an authority that is not trusted here",
    "set ssl.ca.location in 'properties' to the file of the broker's authority"};

void explain_certificate(int error, ConnectionFailure& failure) {
  const CertificateAdvice* found = &kAuthority;
  for (const CertificateAdvice& one : kCertificates) {
    if (one.error == error) found = &one;
  }
  failure.answer = found->answer;
  if (error != 0) failure.answer += " (OpenSSL error " + std::to_string(error) + ")";
  failure.advice = found->advice;
  failure.is_final = true;
}

void explain_tls(std::string_view words, const ConnectionFacts& facts, ConnectionFailure& failure) {
  failure.step = "TLS";
  if (contains(words, "certificate verify failed")) {
    explain_certificate(facts.certificate_error, failure);
  } else if (contains(words, " alert ")) {
    failure.is_final = contains(words, "certificate") || contains(words, "unknown ca") ||
                       contains(words, "access denied") || contains(words, "handshake failure");
    failure.advice =
        facts.properties.contains("ssl.certificate.location") ||
                facts.properties.contains("ssl.keystore.location")
            ? "the broker does not accept the client's certificate: it may have expired, or be of "
              "an authority that the broker does not know"
            : "the broker asks for a certificate of the client: set ssl.certificate.location and "
              "ssl.key.location in 'properties'";
  } else {
    failure.advice = kOtherProtocol;
  }
}

void explain_login(std::string_view words, const ConnectionFacts& facts,
                   ConnectionFailure& failure) {
  failure.step = "login";
  const auto mechanism = facts.properties.find("sasl.mechanism");
  const auto mechanisms = facts.properties.find("sasl.mechanisms");
  const bool by_token =
      contains(words, "OAUTHBEARER") ||
      (mechanism != facts.properties.end() && mechanism->second == "OAUTHBEARER") ||
      (mechanisms != facts.properties.end() && mechanisms->second == "OAUTHBEARER");
  // A connection may be lost in the middle of a login, and who issues tokens may be away.
  failure.is_final = contains(words, "SASL authentication error");
  if (contains(words, "mechanism") && contains(words, "supported")) {
    failure.advice = "set sasl.mechanism in 'properties' to one that the broker offers";
  } else if (by_token) {
    failure.advice =
        "check sasl.oauthbearer.* in 'properties', that the token has not expired and that the "
        "broker knows who issues it";
  } else {
    failure.advice = "check sasl.username, sasl.password and sasl.mechanism in 'properties'";
  }
}

void explain_connect(std::string_view words, ConnectionFailure& failure) {
  failure.step = "connect";
  if (contains(words, "Failed to resolve")) {
    failure.step = "resolve";
    failure.advice = "check the host's name, and that this machine's DNS knows it";
  } else if (contains(words, "timed out")) {
    failure.advice = "check the address, and that no firewall is in the way";
  } else {
    failure.advice = "check the address and that the broker is running";
  }
}

/// Whether the address, whose port is always there, is one of the configuration's, where it may be
/// left out.
bool is_configured(std::string_view address, std::string_view brokers) {
  constexpr std::string_view kUsualPort = ":9092";
  if (contains(brokers, address)) return true;
  if (!address.ends_with(kUsualPort)) return false;
  address.remove_suffix(kUsualPort.size());
  while (!brokers.empty()) {
    const std::size_t comma = std::min(brokers.find(','), brokers.size());
    std::string_view one = brokers.substr(0, comma);
    if (const auto scheme = one.find("://"); scheme != one.npos) one.remove_prefix(scheme + 3);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.substr(0, one.find_last_not_of(' ') + 1) == address) return true;
    brokers.remove_prefix(std::min(comma + 1, brokers.size()));
  }
  return false;
}

/// Brokers send clients on to the addresses that they announce.
std::string announced(const std::string& address, std::string_view brokers) {
  if (address.empty() || is_configured(address, brokers)) return "";
  return "; the brokers at " + std::string(brokers) +
         " announce this address (advertised.listeners), so it must be reachable from here";
}

}  // namespace

std::string ConnectionFailure::to_string() const {
  return step + " failed; address=" + address + " answer='" + answer + "'; " + advice;
}

ConnectionFailure read_failure(std::string_view text, const ConnectionFacts& facts) {
  const Parts parts = take_apart(text);
  const std::string_view words = parts.words;
  ConnectionFailure failure;
  failure.address = parts.address;
  failure.answer = words;
  const bool closed = contains(words, "closed by peer") || contains(words, "Broken pipe") ||
                      contains(words, "Connection reset");
  if (contains(words, "SASL") || parts.state.starts_with("AUTH")) {
    explain_login(words, facts, failure);
    if (contains(words, "require SASL")) failure.advice = kNeedsLogin;
  } else if (parts.state == "SSL_HANDSHAKE" || contains(words, "SSL")) {
    explain_tls(words, facts, failure);
  } else if (contains(words, "Invalid response size")) {
    failure.step = "connect";
    failure.advice =
        std::string("what answers there does not speak Kafka's protocol; ") + kOtherProtocol;
  } else if (closed && parts.state == "APIVERSION_QUERY") {
    // A real broker says nothing: it closes the connection at the first byte.
    failure.step = "TLS";
    failure.advice = kOtherProtocol;
  } else if (closed && parts.state == "UP") {
    failure.step = "login";
    failure.advice =
        std::string("the broker closes the connection, as a port that requires a login does: ") +
        kNeedsLogin + "; or the broker is stopping";
  } else {
    explain_connect(words, failure);
  }
  if (failure.address.empty()) failure.address = facts.brokers;
  failure.advice += announced(failure.address, facts.brokers);
  return failure;
}

}  // namespace sluice::connectors::kafka
