#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sluice/base/result.h"
#include "sluice/kafka.h"

namespace CLI {
class App;
}

namespace sluice::cli {

/// The options --brokers and --property, which every command around Kafka has.
struct KafkaArguments {
  std::string brokers = "embedded";
  std::vector<std::string> properties;
};

/// --brokers goes before $KAFKA_BROKERS, which goes before "embedded".
void add_kafka_options(CLI::App& command, KafkaArguments& arguments);

/// The options --format, --schema, --registry and --message. `key`: under which a pipeline file has
/// such a format; `note`: what else to know of --format.
void add_format_options(CLI::App& command, RecordFormat& format, const std::string& key,
                        const std::string& note);

/// kUser error for a property that is not a NAME=VALUE.
Result<KafkaConnection> connection_of(const KafkaArguments& arguments);

}  // namespace sluice::cli
