#include "cli/kafka_options.h"

#include <CLI/CLI.hpp>

namespace sluice::cli {

void add_kafka_options(CLI::App& command, KafkaArguments& arguments) {
  command
      .add_option("--brokers,--broker", arguments.brokers,
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

void add_format_options(CLI::App& command, RecordFormat& format, const std::string& key,
                        const std::string& note) {
  command
      .add_option("--format", format.format,
                  "The format of values, with its options as under '" + key +
                      "' of a pipeline file: avro, 'protobuf: {schema_file: order.proto}'; " + note)
      ->type_name("FORMAT");
  command
      .add_option("--schema", format.schema_file,
                  "The format's schema_file: .avsc, .proto or a descriptor set")
      ->type_name("FILE");
  command
      .add_option("--registry", format.registry,
                  "The format's registry: where schemas are, in Confluent's wire format")
      ->type_name("URL");
  command
      .add_option("--message", format.message, "The format's message: which one of the .proto file")
      ->type_name("NAME");
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
