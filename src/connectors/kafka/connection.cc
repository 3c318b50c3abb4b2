#include "connectors/kafka/connection.h"

#include <algorithm>

#include "connector/registry.h"
#include "connectors/kafka/client.h"

namespace sluice::connectors::kafka {
namespace {

/// Of the connect timeout, for a question whose answer is no more than a help.
constexpr std::chrono::milliseconds kPlaceWait{3000};

}  // namespace

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

Result<std::string> place_of(const Options& options, const connector::Context& context) {
  if (!options.has("topic")) return std::string();
  const std::vector<std::string> topics = options.text_list("topic");
  if (topics.size() != 1) return std::string();
  SLUICE_ASSIGN(const Connection connection, read_connection(options));
  ClientSettings settings;
  settings.type = RD_KAFKA_PRODUCER;
  SLUICE_ASSIGN(const auto client, Client::create(connection, settings, context.files));
  const auto wait = std::min(connection.connect_timeout, kPlaceWait);
  char* const id = rd_kafka_clusterid(client->handle(), static_cast<int>(wait.count()));
  if (id == nullptr) return client->no_answer("ask for the cluster's id", wait);
  const std::string place = "cluster " + std::string(id) + " topic " + topics[0];
  rd_kafka_mem_free(client->handle(), id);
  return place;
}

}  // namespace sluice::connectors::kafka
