#include "connector/registry.h"
#include "connectors/memory/memory_sink.h"
#include "connectors/memory/memory_source.h"

namespace sluice::connectors {

void register_memory(connector::Registry& registry);
void register_memory(connector::Registry& registry) {
  registry.add(memory_source_kind());
  registry.add(memory_sink_kind());
}

}  // namespace sluice::connectors
