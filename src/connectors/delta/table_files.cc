#include "connectors/delta/table_files.h"

#include <utility>

#include "lake/readable.h"

namespace sluice::connectors {

data::ParquetFile parquet_file(const std::string& root, const std::string& log_path,
                               const std::map<std::string, std::string>& partition_values,
                               const lake::TableState& state) {
  data::ParquetFile file;
  file.path = lake::data_path(root, log_path);
  file.partition_values = lake::partition_values_of(state, partition_values);
  return file;
}

Result<data::ParquetFile> live_rows(lake::Table& table, const std::string& root,
                                    const lake::DataFile& file) {
  data::ParquetFile out = parquet_file(root, file.path, file.partition_values, table.state());
  if (file.deletion_vector.empty()) return out;
  out.rows.kind = data::RowSelection::Kind::kWithout;
  SLUICE_ASSIGN(out.rows.rows, table.deleted_rows(file.deletion_vector));
  return out;
}

Result<std::string> add_line(const connector::WrittenFile& written, Micros now,
                             const lake::TableState& state) {
  lake::NewFile file{written.path, written.bytes, written.rows, now, written.partition_values, {}};
  for (const auto& [column, known] : written.statistics) {
    file.statistics[column] = {known.minimum, known.maximum, known.null_count};
  }
  return lake::add_action(file, lake::logged_columns(state));
}

connector::FileColumns rewritten_columns(const lake::TableState& state) {
  std::vector<data::StoredColumn> stored = lake::written_columns(state);
  if (stored.empty()) return {};
  return {.schema = state.schema.columns, .stored = std::move(stored), .rescued = {}};
}

std::string table_property(const lake::TableState& state, const std::string& key) {
  const auto found = state.configuration.find(key);
  return found == state.configuration.end() ? std::string() : found->second;
}

}  // namespace sluice::connectors
