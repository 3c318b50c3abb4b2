#include "cli/kafka_options.h"

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_kafka_options(CLI::App& command, KafkaArguments& arguments) {
  command
      .add_option("--brokers", arguments.brokers,
                  "host:port,... or embedded: the one that `sluice broker` runs here")
      ->envname("KAFKA_BROKERS")
      ->type_name("LIST")
      ->capture_default_str();
  command
      .add_option(
          "--property", arguments.properties,
          "A setting of librdkafka, such as security.protocol=SSL; may be given several times")
      ->type_name("NAME=VALUE");
}

Result<KafkaConnection> connection_of(const KafkaArguments& arguments) {
  KafkaConnection connection;
  connection.brokers = arguments.brokers;
  for (const std::string& text : arguments.properties) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return user_error("--property " + text + ": write --property NAME=VALUE");
    }
    connection.properties[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return connection;
}

}  // namespace sluice::cli
