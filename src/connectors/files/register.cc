#include "connector/registry.h"
#include "connectors/files/file_sink.h"

namespace sluice::connectors {

void register_files(connector::Registry& registry);
void register_files(connector::Registry& registry) {
  for (connector::SinkKind& kind : file_sink_kinds()) registry.add(std::move(kind));
}

}  // namespace sluice::connectors
