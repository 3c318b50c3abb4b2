#pragma once

#include <chrono>
#include <map>
#include <string>

namespace sluice::connectors::kafka {

/// How to reach a Kafka cluster; what every command and the source are given.
struct Connection {
  /// "host:port,host:port", or "embedded": the broker that `sluice broker` runs on this machine.
  std::string brokers = "embedded";
  /// Settings of librdkafka by its own names: security.protocol, sasl.username ...
  std::map<std::string, std::string> properties;
  /// How long to wait for the first answer of a broker.
  std::chrono::milliseconds connect_timeout{10'000};
};

}  // namespace sluice::connectors::kafka
