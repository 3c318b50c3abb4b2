#include "connectors/kafka/connection.h"

#include "connectors/kafka/client.h"

namespace sluice::connectors::kafka {

std::vector<OptionSpec> connection_options() {
  return {
      {.name = "brokers",
       .text = "Addresses of brokers to begin with, as host:port,host:port, or `embedded` for the "
               "broker that `sluice broker` runs on this machine.",
       .default_text = "embedded",
       .example = "kafka-1:9092,kafka-2:9092"},
      {.name = "properties",
       .type = OptionType::kTextMap,
       .text = "Settings of librdkafka by their own names, for security, compression and fine "
               "tuning. Those that sluice must decide itself (group.id, enable.auto.commit, "
               "auto.offset.reset and the like) are refused.",
       .example = "{security.protocol: SASL_SSL, sasl.mechanism: SCRAM-SHA-512, sasl.username: me, "
                  "sasl.password: \"${file:/run/secrets/kafka}\"}"},
      {.name = "connect_timeout",
       .type = OptionType::kDuration,
       .text = "How long to wait for the first answer of a broker, and for each later answer.",
       .default_text = "10s",
       .minimum = 1000},
  };
}

Result<Connection> read_connection(const Options& options) {
  Connection connection;
  connection.brokers = options.text("brokers");
  connection.connect_timeout = std::chrono::milliseconds(options.integer("connect_timeout") / 1000);
  if (!options.has("properties")) return connection;
  connection.properties = options.text_map("properties");
  if (const auto problem = find_property_problem(connection.properties)) {
    const ConfigValue* given = options.value("properties").find(problem->name);
    return (given == nullptr ? options.value("properties") : *given).error(problem->message);
  }
  return connection;
}

Result<connector::AddressOptions> address_options(const connector::Address& address) {
  if (!address.user.empty() || !address.password.empty()) {
    return address.error(
        "how a login works is not for the address to say; leave the user out and give librdkafka's "
        "settings: --from-option or --to-option 'properties={security.protocol: SASL_SSL, "
        "sasl.mechanism: PLAIN, sasl.username: me, sasl.password: \"${KAFKA_PASSWORD}\"}'");
  }
  if (address.host.empty() || address.path.empty()) {
    return address.error("write kafka://HOST:PORT/TOPIC, or kafka://embedded/TOPIC");
  }
  return connector::AddressOptions{connector::address_option("brokers", address.host),
                                   connector::address_option("topic", address.path)};
}

}  // namespace sluice::connectors::kafka
