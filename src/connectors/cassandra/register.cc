#include "connector/registry.h"
#include "connectors/cassandra/cassandra_sink.h"
#include "connectors/cassandra/cassandra_source.h"

namespace sluice::connectors {

void register_cassandra(connector::Registry& registry);
void register_cassandra(connector::Registry& registry) {
  registry.add(cassandra::cassandra_source_kind());
  registry.add(cassandra::cassandra_sink_kind());
}

}  // namespace sluice::connectors
