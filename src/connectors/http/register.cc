#include "connector/registry.h"
#include "connectors/http/http_sink.h"
#include "connectors/http/http_source.h"

namespace sluice::connectors {

void register_http(connector::Registry& registry);
void register_http(connector::Registry& registry) {
  registry.add(http::http_source_kind());
  registry.add(http::http_sink_kind());
}

}  // namespace sluice::connectors
