#include "sql/files/copy_result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "sql/duckdb/scalar_function.h"

namespace sluice::sql {
namespace {

using connector::ColumnStatistics;
using connector::WrittenFile;

constexpr idx_t kFilename = 0;
constexpr idx_t kCount = 1;
constexpr idx_t kFileBytes = 2;
constexpr idx_t kColumnStatistics = 4;
constexpr idx_t kPartitionKeys = 5;

std::string read_string(duckdb_vector vector, idx_t row) {
  return std::string(bytes_at(vector, row));
}

/// Calls `visit` with the key, the vector of values and the place in it, for each entry of a MAP.
void for_each_entry(duckdb_vector map, idx_t row,
                    const std::function<void(std::string, duckdb_vector, idx_t)>& visit) {
  if (is_null(map, row)) return;
  const auto entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(map))[row];
  const duckdb_vector pairs = duckdb_list_vector_get_child(map);
  const duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
  const duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    visit(read_string(keys, i), values, i);
  }
}

/// `"na""me"` -> `na"me`; null for the path of a nested column (`"a"."b"`).
std::optional<std::string> unquote_column(const std::string& quoted) {
  std::string name;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '"') {
      if (quoted[i + 1] != '"' || i + 2 == quoted.size()) return std::nullopt;
      ++i;
    }
    name += quoted[i];
  }
  return name;
}

ColumnStatistics read_statistics(duckdb_vector map, idx_t row) {
  ColumnStatistics statistics;
  bool has_nan = false;
  for_each_entry(map, row, [&](const std::string& key, duckdb_vector values, idx_t at) {
    if (is_null(values, at)) return;
    if (key == "min") statistics.minimum = read_string(values, at);
    if (key == "max") statistics.maximum = read_string(values, at);
    if (key == "null_count") statistics.null_count = std::stoull(read_string(values, at));
    if (key == "has_nan") has_nan = read_string(values, at) == "true";
  });
  // The bounds leave NaN out, which is greater than all numbers.
  if (has_nan) statistics.minimum = statistics.maximum = std::nullopt;
  return statistics;
}

WrittenFile read_file(duckdb_data_chunk chunk, idx_t row, const std::string& folder) {
  const auto vector = [chunk](idx_t column) { return duckdb_data_chunk_get_vector(chunk, column); };
  WrittenFile file;
  file.path = read_string(vector(kFilename), row);
  if (file.path.starts_with(folder + "/")) file.path.erase(0, folder.size() + 1);
  file.rows = static_cast<std::uint64_t*>(duckdb_vector_get_data(vector(kCount)))[row];
  file.bytes = static_cast<std::uint64_t*>(duckdb_vector_get_data(vector(kFileBytes)))[row];
  for_each_entry(vector(kColumnStatistics), row,
                 [&file](const std::string& key, duckdb_vector values, idx_t at) {
                   if (const auto name = unquote_column(key)) {
                     file.statistics[*name] = read_statistics(values, at);
                   }
                 });
  for_each_entry(vector(kPartitionKeys), row,
                 [&file](const std::string& key, duckdb_vector values, idx_t at) {
                   auto& value = file.partition_values[key];
                   if (!is_null(values, at)) value = read_string(values, at);
                 });
  return file;
}

}  // namespace

std::vector<WrittenFile> read_copy_result(duckdb_result* result, const std::string& folder) {
  std::vector<WrittenFile> files;
  while (const ChunkHandle chunk{duckdb_fetch_chunk(*result)}) {
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
      files.push_back(read_file(chunk.get(), row, folder));
    }
  }
  return files;
}

}  // namespace sluice::sql
