#include "connector/registry.h"
#include "connectors/files/file_sink.h"
#include "connectors/files/file_source.h"
#include "connectors/files/parquet_source.h"
#include "connectors/files/parquet_table.h"
#include "connectors/files/stdin_source.h"

namespace sluice::connectors {

void register_files(connector::Registry& registry);
void register_files(connector::Registry& registry) {
  for (connector::SourceKind& kind : file_source_kinds()) registry.add(std::move(kind));
  registry.add(parquet_source_kind());
  registry.add(stdin_source_kind());
  registry.add(parquet_table_kind());
  for (connector::SinkKind& kind : file_sink_kinds()) registry.add(std::move(kind));
}

}  // namespace sluice::connectors
