#include "sql/parquet_select.h"

#include <map>
#include <vector>

namespace sluice::sql {
namespace {

using connector::ParquetFile;
using data::quote_identifier;
using data::quote_literal;

using PartitionValues = std::map<std::string, std::optional<std::string>>;

std::string cast_null(const data::Field& field) {
  return "CAST(NULL AS " + field.type.to_string() + ") AS " + quote_identifier(field.name);
}

/// The rows of files that have the same partition values.
std::string select_files(const std::vector<std::string>& paths, const PartitionValues& values) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + quote_literal(path);
  std::string sql = "SELECT *";
  for (const auto& [name, value] : values) {
    sql += ", " + (value ? quote_literal(*value) : "CAST(NULL AS VARCHAR)") + " AS " +
           quote_identifier(name);
  }
  return sql + " FROM read_parquet([" + list +
         "], union_by_name = true, hive_partitioning = false)";
}

}  // namespace

std::string parquet_select(const connector::TableVersion& table) {
  std::map<PartitionValues, std::vector<std::string>> groups;
  for (const ParquetFile& file : table.files) {
    groups[file.partition_values].push_back(file.path);
  }
  std::string all;
  for (const auto& [values, paths] : groups) {
    all += (all.empty() ? "" : " UNION ALL BY NAME ") + select_files(paths, values);
  }
  if (table.schema.size() == 0) return all;
  std::string none;
  std::string columns;
  for (const data::Field& field : table.schema.fields()) {
    none += (none.empty() ? "" : ", ") + cast_null(field);
    columns +=
        (columns.empty() ? "" : ", ") +
        ("CAST(" + quote_identifier(field.name) + " AS " + field.type.to_string() + ") AS ") +
        quote_identifier(field.name);
  }
  // The empty part brings columns that no file has yet; partition values are texts until here.
  none = "SELECT " + none + " WHERE false";
  if (all.empty()) return none;
  std::string texts;
  for (const data::Field& field : table.schema.fields()) {
    if (groups.begin()->first.contains(field.name)) {
      texts += (texts.empty() ? "" : ", ") +
               ("CAST(" + quote_identifier(field.name) + " AS VARCHAR) AS ") +
               quote_identifier(field.name);
    }
  }
  if (!texts.empty()) none = "SELECT * REPLACE (" + texts + ") FROM (" + none + ")";
  return "SELECT " + columns + " FROM (" + none + " UNION ALL BY NAME " + all + ")";
}

}  // namespace sluice::sql
