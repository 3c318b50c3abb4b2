#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sluice::connectors::kafka {

/// Why a connection to a broker did not come about: the only place that makes sense of librdkafka's
/// words for it.
struct ConnectionFailure {
  std::string step;     ///< "resolve", "connect", "TLS" or "login": the one that failed
  std::string address;  ///< "kafka-1:9093"; "": librdkafka does not say
  std::string answer;   ///< the broker's words, or those of whoever refused
  std::string advice;   ///< what to try
  /// Nothing will change by itself: a certificate or a login was refused.
  bool is_final = false;

  /// "TLS failed; address=kafka-1:9093 answer='...'; <advice>".
  std::string to_string() const;
};

/// What is known beside the words.
struct ConnectionFacts {
  std::string_view brokers;  ///< those of the configuration
  const std::map<std::string, std::string>& properties;
  /// OpenSSL's number (X509_V_ERR_...) for why it did not accept the broker's certificate; 0: it
  /// did.
  int certificate_error = 0;
};

/// REQUIRES: `words` is the text of a FAIL line of librdkafka's log or of an error that it
/// reported.
ConnectionFailure read_failure(std::string_view words, const ConnectionFacts& facts);

}  // namespace sluice::connectors::kafka
