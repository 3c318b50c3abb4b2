#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/options.h"
#include "connector/address.h"
#include "sluice/base/result.h"

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

/// The options `brokers`, `properties` and `connect_timeout`, which the source has.
std::vector<OptionSpec> connection_options();

/// Reads them. kUser error, with its place, for a property that sluice must decide itself.
Result<Connection> read_connection(const Options& options);

/// The options that `kafka://host:port,host:port/topic` says; the host `embedded` is the embedded
/// broker.
Result<connector::AddressOptions> address_options(const connector::Address& address);

/// Of a source's or a sink's options: the cluster's own id and the topic; "": they name not one
/// topic. Errors: kUser, kTransient (nobody answers).
Result<std::string> place_of(const Options& options, const connector::Context& context);

}  // namespace sluice::connectors::kafka
